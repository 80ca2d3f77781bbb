/** The resource provider `command`, as far as `command:remote:Command` goes, over Pulumi's own protocol. */
import { randomBytes } from "node:crypto";
import { type sendUnaryData, type ServerUnaryCall, status, type UntypedServiceImplementation } from "@grpc/grpc-js";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { checkInputs, outputsOf, typedInputs } from "./command-inputs";
import { type Change, diffInputs, replaces } from "./diff";
import type { EngineLog, LogConnection } from "./engine-log";
import { type Output, runCommand } from "./run-command";
import { type Properties, reveal, unknown } from "./properties";

/** The version of the official plugin whose behaviour this one has. */
const version = "1.2.1";

const commandToken = "command:remote:Command";

const read = (struct: Struct | undefined): Properties => struct?.toJavaScript() ?? {};

const write = (properties: Properties): Struct => Struct.fromJavaScript(properties);

const kinds: Readonly<
  Record<Change, { readonly plain: rpc.PropertyDiff.Kind; readonly replace: rpc.PropertyDiff.Kind }>
> = {
  add: { plain: rpc.PropertyDiff.Kind.ADD, replace: rpc.PropertyDiff.Kind.ADD_REPLACE },
  delete: { plain: rpc.PropertyDiff.Kind.DELETE, replace: rpc.PropertyDiff.Kind.DELETE_REPLACE },
  update: { plain: rpc.PropertyDiff.Kind.UPDATE, replace: rpc.PropertyDiff.Kind.UPDATE_REPLACE },
};

const check = (request: rpc.CheckRequest): rpc.CheckResponse => {
  const type = request.getUrn().split("::")[2]?.split("$").pop();
  if (type !== commandToken) throw new Error(`the stand-in command plugin has ${commandToken} only, not ${type ?? ""}`);
  const { inputs, failures } = checkInputs(read(request.getNews()));
  const response = new rpc.CheckResponse().setInputs(write(inputs));
  for (const { property, reason } of failures) {
    response.addFailures(new rpc.CheckFailure().setProperty(property).setReason(reason));
  }
  return response;
};

const diff = (request: rpc.DiffRequest): rpc.DiffResponse => {
  const before = read(request.getOldInputs());
  const after = read(request.getNews());
  for (const ignored of request.getIgnorechangesList()) {
    if (before[ignored] === undefined) Reflect.deleteProperty(after, ignored);
    else after[ignored] = before[ignored];
  }
  const changes = diffInputs(before, after);
  const { DIFF_NONE, DIFF_SOME } = rpc.DiffResponse.DiffChanges;
  const response = new rpc.DiffResponse()
    .setChanges(changes.size === 0 ? DIFF_NONE : DIFF_SOME)
    .setHasdetaileddiff(true);
  for (const [path, change] of changes) {
    const kind = kinds[change][replaces(path) ? "replace" : "plain"];
    response.getDetaileddiffMap().set(path, new rpc.PropertyDiff().setKind(kind).setInputdiff(true));
    response.addDiffs(path);
    if (replaces(path)) response.addReplaces(path);
  }
  return response;
};

const nothing: Output = { stdout: "", stderr: "" };

const printed = (properties: Properties): Output => {
  const { stdout = "", stderr = "" } = reveal(properties) as Partial<Record<keyof Output, string>>;
  return { stdout, stderr };
};

const create = async (request: rpc.CreateRequest, log: EngineLog): Promise<rpc.CreateResponse> => {
  const inputs = read(request.getProperties());
  const name = request.getUrn().split("::").slice(3).join("::");
  const response = new rpc.CreateResponse().setId(`${name}${randomBytes(4).toString("hex")}`);
  if (request.getPreview()) return response.setProperties(write(outputsOf(inputs, unknown, unknown)));
  const command = typedInputs(inputs);
  const output = command.create === undefined ? nothing : await runCommand(command, command.create, nothing, log);
  return response.setProperties(write(outputsOf(inputs, output.stdout, output.stderr)));
};

const update = async (request: rpc.UpdateRequest, log: EngineLog): Promise<rpc.UpdateResponse> => {
  const inputs = read(request.getNews());
  const response = new rpc.UpdateResponse();
  if (request.getPreview()) {
    const before = read(request.getOlds());
    const changed = diffInputs(read(request.getOldInputs()), inputs).size > 0;
    const { stdout, stderr } = changed ? { stdout: unknown, stderr: unknown } : printed(before);
    return response.setProperties(write(outputsOf(inputs, stdout, stderr)));
  }
  const command = typedInputs(inputs);
  const previous = printed(read(request.getOlds()));
  const line = command.update ?? command.create;
  const output = line === undefined ? previous : await runCommand(command, line, previous, log);
  return response.setProperties(write(outputsOf(inputs, output.stdout, output.stderr)));
};

const remove = async (request: rpc.DeleteRequest, log: EngineLog): Promise<Empty> => {
  const state = read(request.getProperties());
  const command = typedInputs(state);
  if (command.delete !== undefined) await runCommand(command, command.delete, printed(state), log);
  return new Empty();
};

/** There is no way to look at a command's effect: what the state says is what is answered. */
const readBack = (request: rpc.ReadRequest): rpc.ReadResponse =>
  new rpc.ReadResponse().setId(request.getId()).setProperties(request.getProperties()).setInputs(request.getInputs());

/** Turns a function into a gRPC method; what it throws becomes the error that the engine shows. */
const method =
  <Request, Response>(work: (request: Request) => Response | Promise<Response>) =>
  (call: ServerUnaryCall<Request, Response>, respond: sendUnaryData<Response>): void => {
    Promise.resolve(call.request)
      .then(work)
      .then(
        (response) => respond(null, response),
        (error: unknown) =>
          respond({ code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) }),
      );
  };

/** The provider's methods; what is not here answers "unimplemented", which the engine takes for "not needed". */
export const commandProvider = ({ logFor, settled }: LogConnection): UntypedServiceImplementation => {
  const loggingMethod = <Request extends { getUrn: () => string }, Response>(
    work: (request: Request, log: EngineLog) => Promise<Response>,
  ) => method((request: Request) => work(request, logFor(request.getUrn())).finally(settled));
  return {
    getPluginInfo: method(() => new plugin.PluginInfo().setVersion(version)),
    configure: method(() => new rpc.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true)),
    check: method(check),
    diff: method(diff),
    create: loggingMethod(create),
    update: loggingMethod(update),
    delete: loggingMethod(remove),
    read: method(readBack),
    cancel: method(() => new Empty()),
  };
};
