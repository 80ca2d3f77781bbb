/** Lines for the person who watches `pulumi`. */
import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Writes on behalf of one resource. */
export interface ResourceLog {
  /** Shown while the resource is at work, and kept nowhere. */
  readonly progress: (message: string) => void;
  readonly info: (message: string) => void;
  readonly warn: (message: string) => void;
  /** Waits until the engine has all lines: one that comes after its resource is done would be lost. */
  readonly settled: () => Promise<void>;
}

/** Connects to the engine that started this plugin; gives the log of a resource by its URN. */
export const connectLog = (engineAddress: string): ((urn: string) => ResourceLog) => {
  const engine = new EngineClient(engineAddress, credentials.createInsecure());
  // One after the other keeps their order. An engine that is gone needs no line.
  let sent = Promise.resolve();
  const send = (
    urn: string,
    severity: LogRequest["getSeverity"] extends () => infer S ? S : never,
    message: string,
    ephemeral: boolean,
  ) => {
    const request = new LogRequest().setUrn(urn).setSeverity(severity).setMessage(message).setEphemeral(ephemeral);
    sent = sent.then(() => new Promise((resolve) => engine.log(request, () => resolve())));
  };
  return (urn) => ({
    progress: (message) => send(urn, LogSeverity.INFO, message, true),
    info: (message) => send(urn, LogSeverity.INFO, message, false),
    warn: (message) => send(urn, LogSeverity.WARNING, message, false),
    settled: () => sent,
  });
};
