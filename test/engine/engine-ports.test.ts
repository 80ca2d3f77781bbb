/** Engines of one test process come and go at ports that the system hands out again. */
import { credentials, Server, ServerCredentials, type ServiceError } from "@grpc/grpc-js";
import { EngineClient, EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { clientOptions } from "../support/engine";

/** What has to be closed, however a test ends. */
const opened: (() => void)[] = [];
afterEach(() => opened.splice(0).forEach((close) => close()));

/** A process that answers as an engine does. */
const startEngine = (port: number): Promise<{ readonly server: Server; readonly port: number }> => {
  const server = new Server();
  opened.push(() => server.forceShutdown());
  server.addService(EngineService, {
    log: (_call: unknown, respond: (error: null, empty: Empty) => void) => respond(null, new Empty()),
  });
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve({ server, port: bound }) : reject(error),
    );
  });
};

/** The way of the SDK to an engine. */
const connect = (port: number): EngineClient => {
  const client = new EngineClient(`127.0.0.1:${port}`, credentials.createInsecure(), clientOptions);
  opened.push(() => client.close());
  return client;
};

const say = (client: EngineClient): Promise<string> =>
  new Promise((resolve) =>
    client.log(new LogRequest(), (error: ServiceError | null) => resolve(error === null ? "heard" : error.message)),
  );

test("an engine at the port of an earlier one is reached, whatever still looks for that one", async () => {
  const first = await startEngine(0);
  const early = connect(first.port);
  expect(await say(early)).toBe("heard");
  first.server.forceShutdown();
  expect(await say(early)).toMatch(/^14 UNAVAILABLE/);

  const second = await startEngine(first.port);
  expect(second.port).toBe(first.port);
  expect(await say(connect(first.port))).toBe("heard");
});
