/** Lines for the person who watches `pulumi`: statuses are shown while a resource is at work, the rest stays. */
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Writes a line on behalf of one resource. */
export type EngineLog = (severity: keyof typeof severities, message: string) => void;

const severities = {
  status: LogSeverity.INFO,
  warning: LogSeverity.WARNING,
  error: LogSeverity.ERROR,
} as const;

/** The way to the engine's screen. */
export interface LogConnection {
  /** The log of one resource. */
  readonly logFor: (urn: string) => EngineLog;
  /** Waits until everything logged so far has arrived: a line that comes after its resource is done would be lost. */
  readonly settled: () => Promise<void>;
}

/** Connects to the engine that started this plugin. */
export const connectLog = (engineAddress: string): LogConnection => {
  const engine = new EngineClient(engineAddress, credentials.createInsecure());
  let pending = Promise.resolve();
  const send = (request: LogRequest): Promise<void> =>
    new Promise((resolve) => {
      engine.log(request, (error: ServiceError | null) => {
        if (error !== null) process.stderr.write(`cannot log to the engine: ${error.message}\n`);
        resolve();
      });
    });
  return {
    logFor: (urn) => (severity, message) => {
      const request = new LogRequest()
        .setSeverity(severities[severity])
        .setMessage(message)
        .setUrn(urn)
        .setEphemeral(severity === "status");
      pending = pending.then(() => send(request)); // one after the other keeps their order
    },
    settled: () => pending,
  };
};
