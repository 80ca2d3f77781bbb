/**
 * `ConntrackTuning` for programs in other languages: the SDK's own host, started in this process at the first request, to which
 * Construct, Call and GetSchema are handed on.
 */
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { packageFolder } from "../package-version";

/** What the engine sends at the most; the default of gRPC is 4 MB. */
const largestMessageBytes = 400 * 1024 * 1024;

/** The SDK's host says its port by one line on the console, which is no line for our own engine. */
const portSaid = (start: () => void): Promise<number> =>
  new Promise((resolve) => {
    const { log } = console;
    console.log = (port: unknown) => {
      console.log = log;
      resolve(Number(port));
    };
    start();
  });

const startHost = async (engineAddress: string): Promise<ResourceProviderClient> => {
  const pulumi = await import("@pulumi/pulumi");
  const { ComponentProvider } = await import("@pulumi/pulumi/provider/experimental/index.js");
  const { ConntrackTuning } = await import("../conntrack-tuning.js");
  const components = [ConntrackTuning];
  const provider = new ComponentProvider({ name: "conntrack", dirname: packageFolder(), components });
  const port = await portSaid(() => void pulumi.provider.main(provider, [engineAddress]));
  return new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": largestMessageBytes,
  });
};

type Answer<Response> = (error: ServiceError | null, response: Response) => void;

const handedOn = <Response>(ask: (answer: Answer<Response>) => void): Promise<Response> =>
  new Promise((resolve, reject) =>
    ask((error, response) => {
      if (error === null) resolve(response);
      else reject(error);
    }),
  );

export const createComponents = (engineAddress: () => string) => {
  let started: Promise<ResourceProviderClient> | undefined;
  const host = (): Promise<ResourceProviderClient> => (started ??= startHost(engineAddress()));
  return {
    construct: async (request: rpc.ConstructRequest): Promise<rpc.ConstructResponse> => {
      const client = await host();
      return handedOn((answer) => client.construct(request, answer));
    },
    call: async (request: rpc.CallRequest): Promise<rpc.CallResponse> => {
      const client = await host();
      return handedOn((answer) => client.call(request, answer));
    },
    getSchema: async (request: rpc.GetSchemaRequest): Promise<rpc.GetSchemaResponse> => {
      const client = await host();
      return handedOn((answer) => client.getSchema(request, answer));
    },
  };
};
