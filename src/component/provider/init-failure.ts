/** A resource that was made, but not as it should be: the engine keeps it, and its next update tries again. */
import { Metadata, status, type ServiceError } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import type { Fields } from "../../validation/fields";
import { writeStruct } from "./properties";

export class InitFailure extends Error {
  override readonly name = "InitFailure";
  constructor(
    readonly id: string,
    /** Outputs for the state. */
    readonly properties: Fields,
    /** One line each. */
    readonly reasons: readonly string[],
    readonly refreshBeforeUpdate: boolean,
  ) {
    super(reasons.join("\n"));
  }
}

/** The error in the form in which gRPC carries details, as the Go side reads it. */
export const grpcError = (error: unknown): Partial<ServiceError> => {
  const details = error instanceof Error ? error.message : String(error);
  // An error that was handed on has details for the engine of its own.
  if (error instanceof Error && "metadata" in error && error.metadata instanceof Metadata) {
    const given = "code" in error ? error.code : undefined;
    const code = Object.values(status).find((each): each is status => each === given) ?? status.UNKNOWN;
    const said = "details" in error && typeof error.details === "string" ? error.details : details;
    return { code, details: said, metadata: error.metadata };
  }
  if (!(error instanceof InitFailure)) return { code: status.UNKNOWN, details };
  const failed = new ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(writeStruct(error.properties))
    .setReasonsList([...error.reasons])
    .setRefreshBeforeUpdate(error.refreshBeforeUpdate);
  const any = new Any();
  any.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const packed = new Status().setCode(status.UNKNOWN).setMessage(details);
  packed.addDetails(any);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(packed.serializeBinary()));
  return { code: status.UNKNOWN, details, metadata };
};
