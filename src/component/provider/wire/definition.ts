/** The service that the engine talks to, with requests and answers of many hosts as values. */
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type { Fields } from "../../../validation/fields";
import { requestReaders } from "./requests";
import { structField } from "./write-struct";

/** A response whose values are left out of the message. */
export interface Answer<Response> {
  readonly response: Response;
  /** Absent where the response holds all. */
  readonly values?: Fields;
}

interface Message {
  serializeBinary(): Uint8Array;
}

/** Where the values of an answer belong: `inputs`, `inputs` and `return` of provider.proto. */
const answerFields = { check: 1, read: 3, invoke: 1 } as const;

/** Fields of a message may come in any order and in pieces. */
const writeAnswer =
  (field: number) =>
  ({ response, values }: Answer<Message>): Buffer => {
    const message = Buffer.from(response.serializeBinary());
    return values === undefined ? message : Buffer.concat([message, structField(field, values)]);
  };

const definition: ServiceDefinition = ResourceProviderService;

const replaced = (
  readers: Readonly<Record<string, MethodDefinition<object, unknown>["requestDeserialize"]>>,
  writers: Readonly<Record<string, number>>,
): ServiceDefinition =>
  Object.fromEntries(
    Object.entries(definition).map(([name, method]) => [
      name,
      {
        ...method,
        requestDeserialize: readers[name] ?? method.requestDeserialize,
        responseSerialize: writers[name] === undefined ? method.responseSerialize : writeAnswer(writers[name]),
      },
    ]),
  );

export const providerService: ServiceDefinition = replaced(requestReaders, answerFields);
