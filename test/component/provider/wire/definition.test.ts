import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { writeStruct } from "../../../../src/component/provider/properties";
import { providerService } from "../../../../src/component/provider/wire/definition";
import type { Fields } from "../../../../src/validation/fields";

const olds = { hosts: { web1: { host: "10.0.0.1" } } };
const news = { hosts: {}, lanes: 64 };
const oldInputs = { observe: true };

const readBytes = (method: string, bytes: Buffer): unknown => {
  const values: unknown = providerService[method]?.requestDeserialize(bytes);
  return values;
};

const readBy = (method: string, request: { serializeBinary(): Uint8Array }): unknown =>
  readBytes(method, Buffer.from(request.serializeBinary()));

const writtenBy = (method: string, answer: object): Uint8Array =>
  new Uint8Array(providerService[method]?.responseSerialize(answer) ?? []);

describe("a request is read from its bytes with all that its method needs", () => {
  it.each([
    [
      "check",
      new rpc.CheckRequest().setUrn("urn").setName("left out").setOlds(writeStruct(olds)).setNews(writeStruct(news)),
      { urn: "urn", olds, news },
    ],
    [
      "diff",
      new rpc.DiffRequest()
        .setId("id")
        .setUrn("urn")
        .setOlds(writeStruct(olds))
        .setNews(writeStruct(news))
        .setOldInputs(writeStruct(oldInputs))
        .setIgnorechangesList(["lanes", "observe"]),
      { urn: "urn", olds, news, oldInputs, ignoreChanges: ["lanes", "observe"] },
    ],
    [
      "create",
      new rpc.CreateRequest().setUrn("urn").setTimeout(1.5).setPreview(true).setProperties(writeStruct(news)),
      { urn: "urn", preview: true, properties: news },
    ],
    [
      "update",
      new rpc.UpdateRequest()
        .setId("id")
        .setUrn("urn")
        .setPreview(true)
        .setOlds(writeStruct(olds))
        .setNews(writeStruct(news))
        .setOldInputs(writeStruct(oldInputs)),
      { id: "id", urn: "urn", preview: true, olds, news, oldInputs },
    ],
    [
      "read",
      new rpc.ReadRequest().setId("id").setUrn("urn").setProperties(writeStruct(olds)).setInputs(writeStruct(news)),
      { id: "id", urn: "urn", properties: olds, inputs: news },
    ],
    [
      "delete",
      new rpc.DeleteRequest()
        .setId("id")
        .setUrn("urn")
        .setProperties(writeStruct(olds))
        .setOldInputs(writeStruct(oldInputs)),
      { urn: "urn", properties: olds, oldInputs },
    ],
    [
      "invoke",
      new rpc.InvokeRequest().setTok("token").setPreview(true).setArgs(writeStruct(news)),
      { token: "token", args: news },
    ],
  ])("%s", (method, request, values) => {
    expect(readBy(method, request)).toStrictEqual(values);
  });

  it("and what is left out of it is empty", () => {
    expect(readBy("update", new rpc.UpdateRequest())).toStrictEqual({
      ...{ id: "", urn: "", preview: false },
      ...{ olds: {}, news: {}, oldInputs: {} },
    });
    expect(readBy("diff", new rpc.DiffRequest())).toMatchObject({ ignoreChanges: [] });
  });

  it("and one that is cut is an error", () => {
    const bytes = Buffer.from(new rpc.CheckRequest().setUrn("urn").setNews(writeStruct(news)).serializeBinary());
    expect(() => readBytes("check", bytes.subarray(0, -1))).toThrow("the message ends in the middle of a field");
  });
});

describe("an answer is written with its values in their place", () => {
  const values: Fields = news;

  it("check: the inputs, beside mistakes", () => {
    const response = new rpc.CheckResponse().setFailuresList([new rpc.CheckFailure().setProperty("hosts")]);
    const written = rpc.CheckResponse.deserializeBinary(writtenBy("check", { response, values }));
    expect(written.getInputs()?.toJavaScript()).toStrictEqual(news);
    expect(written.getFailuresList().map((failure) => failure.getProperty())).toStrictEqual(["hosts"]);
  });

  it("read: the inputs, beside the outputs", () => {
    const response = new rpc.ReadResponse().setId("id").setProperties(writeStruct(olds)).setRefreshBeforeUpdate(true);
    const written = rpc.ReadResponse.deserializeBinary(writtenBy("read", { response, values }));
    expect(written.getInputs()?.toJavaScript()).toStrictEqual(news);
    expect(written.getProperties()?.toJavaScript()).toStrictEqual(olds);
    expect([written.getId(), written.getRefreshBeforeUpdate()]).toStrictEqual(["id", true]);
  });

  it("invoke: what is returned, and nothing where there is none", () => {
    const response = new rpc.InvokeResponse();
    const written = rpc.InvokeResponse.deserializeBinary(writtenBy("invoke", { response, values }));
    expect(written.getReturn()?.toJavaScript()).toStrictEqual(news);
    expect(writtenBy("invoke", { response })).toHaveLength(0);
  });
});
