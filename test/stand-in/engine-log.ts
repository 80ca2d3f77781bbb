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

/** Connects to the engine that started this plugin; gives a log for each resource's URN. */
export const connectLog = (engineAddress: string): ((urn: string) => EngineLog) => {
  const engine = new EngineClient(engineAddress, credentials.createInsecure());
  return (urn) => (severity, message) => {
    const request = new LogRequest()
      .setSeverity(severities[severity])
      .setMessage(message)
      .setUrn(urn)
      .setEphemeral(severity === "status");
    engine.log(request, (error: ServiceError | null) => {
      if (error !== null) process.stderr.write(`cannot log to the engine: ${error.message}\n`);
    });
  };
};
