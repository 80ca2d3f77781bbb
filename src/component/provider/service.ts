/** The gRPC service that the engine talks to. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { sendUnaryData, ServerUnaryCall, UntypedServiceImplementation } from "@grpc/grpc-js";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { createComponents } from "./components";
import { connectLog, type ResourceLog } from "./engine-log";
import { grpcError } from "./init-failure";
import type { createMethods } from "./methods";
import type { Requests } from "./wire/requests";

type Methods = ReturnType<typeof createMethods>;
type Components = ReturnType<typeof createComponents>;

/** Work under way, and the way to end it. */
export interface Activity {
  /** Begins no further host from now on; hosts under way end by themselves. */
  readonly cancel: () => void;
  /** Called as soon as nothing is under way. */
  readonly whenIdle: (done: () => void) => void;
}

/** Made by the build, which reads it from the sources. */
const schemaFile = join(__dirname, "schema.json");

const silent: ResourceLog = {
  progress: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  settled: () => Promise.resolve(),
};

/**
 * @param version of this package
 * @param engineAddress where lines for the person go
 */
export const createService = (
  version: string,
  engineAddress: string | undefined,
): { readonly methods: UntypedServiceImplementation; readonly activity: Activity } => {
  const cancelled = new AbortController();
  let logOf = engineAddress === undefined ? () => silent : connectLog(engineAddress);
  let address = engineAddress ?? "";
  let observable = false;
  let underWay = 0;
  let idle: () => void = () => undefined;
  // Loaded with the first request for it: of the processes that an engine starts, some are only greeted.
  let methodsMade: Promise<Methods> | undefined;
  const made = (): Promise<Methods> =>
    (methodsMade ??= import("./methods.js").then(({ createMethods }) =>
      createMethods({ logOf: (urn) => logOf(urn), observable: () => observable, signal: cancelled.signal }),
    ));

  let componentsMade: Promise<Components> | undefined;
  const components = (): Promise<Components> =>
    (componentsMade ??= import("./components.js").then(({ createComponents }) =>
      createComponents(version, () => address),
    ));

  /** Turns a function into a method; what it throws becomes the error that the engine shows. */
  const method =
    <Request, Response>(work: (request: Request) => Response | Promise<Response>) =>
    (call: ServerUnaryCall<Request, Response>, respond: sendUnaryData<Response>): void => {
      underWay += 1;
      void Promise.resolve(call.request)
        .then(work)
        .then(
          (response) => respond(null, response),
          (error: unknown) => respond(grpcError(error)),
        )
        .finally(() => {
          underWay -= 1;
          if (underWay === 0) idle();
        });
    };

  const methods: UntypedServiceImplementation = {
    handshake: method((request: rpc.ProviderHandshakeRequest) => {
      address = request.getEngineAddress();
      logOf = connectLog(address);
      observable = request.getSupportsRefreshBeforeUpdate();
      return new rpc.ProviderHandshakeResponse().setAcceptSecrets(true).setAcceptOutputs(true);
    }),
    attach: method((request: plugin.PluginAttach) => {
      address = request.getAddress();
      logOf = connectLog(address);
      return new Empty();
    }),
    getPluginInfo: method(() => new plugin.PluginInfo().setVersion(version)),
    checkConfig: method((request: rpc.CheckRequest) => new rpc.CheckResponse().setInputs(request.getNews())),
    diffConfig: method(() => new rpc.DiffResponse().setChanges(rpc.DiffResponse.DiffChanges.DIFF_NONE)),
    configure: method(() =>
      new rpc.ConfigureResponse().setAcceptsecrets(true).setAcceptoutputs(true).setSupportspreview(true),
    ),
    check: method(async (request: Requests["check"]) => (await made()).check(request)),
    diff: method(async (request: Requests["diff"]) => (await made()).diff(request)),
    create: method(async (request: Requests["create"]) => (await made()).create(request)),
    update: method(async (request: Requests["update"]) => (await made()).update(request)),
    read: method(async (request: Requests["read"]) => (await made()).read(request)),
    delete: method(async (request: Requests["delete"]) => (await made()).delete(request)),
    invoke: method(async (request: Requests["invoke"]) => (await made()).invoke(request)),
    construct: method(async (request: rpc.ConstructRequest) => (await components()).construct(request)),
    getSchema: method(() => new rpc.GetSchemaResponse().setSchema(readFileSync(schemaFile, "utf8"))),
    cancel: method(() => {
      cancelled.abort();
      return new Empty();
    }),
  };
  return {
    methods,
    activity: {
      cancel: () => cancelled.abort(),
      whenIdle: (done) => {
        idle = done;
        if (underWay === 0) done();
      },
    },
  };
};
