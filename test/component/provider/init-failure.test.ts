import { Any } from "google-protobuf/google/protobuf/any_pb";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { grpcError, InitFailure } from "../../../src/component/provider/init-failure";

test("a failed wave carries its id, outputs and reasons in the details of the gRPC status", () => {
  const { code, metadata } = grpcError(new InitFailure("fleet-1", { pending: ["h7"] }, ["h7: refused"], true));
  const bytes = metadata?.get("grpc-status-details-bin")[0];
  if (!(bytes instanceof Buffer)) throw new Error("there are no details");
  const status = Status.deserializeBinary(bytes);
  expect(status.getCode()).toBe(code);
  const [details] = status.getDetailsList();
  expect(details).toBeInstanceOf(Any);
  const failed = details?.unpack(
    (packed) => ErrorResourceInitFailed.deserializeBinary(packed),
    "pulumirpc.ErrorResourceInitFailed",
  );
  expect(failed?.getId()).toBe("fleet-1");
  expect(failed?.getProperties()?.toJavaScript()).toEqual({ pending: ["h7"] });
  expect(failed?.getReasonsList()).toEqual(["h7: refused"]);
  expect(failed?.getRefreshBeforeUpdate()).toBe(true);
});
