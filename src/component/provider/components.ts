/**
 * Components for programs in other languages: the SDK's own host, started in this process at the first Construct, to
 * which the request is handed on.
 */
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type * as rpc from "@pulumi/pulumi/proto/provider_pb";
import type { ComponentResourceOptions, provider } from "@pulumi/pulumi";
import { componentType, fleetType } from "../../fleet/component-type";
import type { ConntrackTuningArgs } from "../args";
import type { ConntrackFleetArgs } from "../fleet-args";
import { fleetInputs, plainArguments } from "./construct-inputs";
import { readStruct, writeStruct } from "./properties";

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

/** A component as the host makes it. It checks its arguments itself, whatever the program passed. */
interface Served {
  construct(name: string, args: object, options: ComponentResourceOptions): provider.ConstructResult;
}

const startHost = async (version: string, engineAddress: string): Promise<ResourceProviderClient> => {
  const pulumi = await import("@pulumi/pulumi");
  const { ConntrackTuning } = await import("../conntrack-tuning.js");
  const { ConntrackFleet } = await import("../conntrack-fleet.js");
  const { pluginIsRunning } = await import("../plugin-lines.js");
  pluginIsRunning();
  const tuning: Served = {
    construct: (name, args: ConntrackTuningArgs, options) => {
      const { urn, settings, memory, verdict, readBack, warnings } = new ConntrackTuning(name, args, options);
      return { urn, state: { settings, memory, verdict, readBack, warnings } };
    },
  };
  const fleet: Served = {
    construct: (name, args: ConntrackFleetArgs, options) => {
      const { urn, pending, count } = new ConntrackFleet(name, args, options);
      return { urn, state: { pending, count } };
    },
  };
  const served = new Map<string, Served>([
    [componentType, tuning],
    [fleetType, fleet],
  ]);
  const host: provider.Provider = {
    version,
    construct: async (name, type, inputs, options) => {
      const component = served.get(type);
      if (component === undefined) throw new Error(`this plugin has no component ${type}`);
      return Promise.resolve(component.construct(name, inputs, options));
    },
  };
  const port = await portSaid(() => void pulumi.provider.main(host, [engineAddress]));
  return new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": largestMessageBytes,
  });
};

/** URNs of the resources that each input comes from. */
const dependenciesOf = (request: rpc.ConstructRequest): Readonly<Record<string, readonly string[]>> => {
  const urns: Record<string, readonly string[]> = {};
  request.getInputdependenciesMap().forEach((dependencies, key) => {
    urns[key] = dependencies.getUrnsList();
  });
  return urns;
};

type Answer<Response> = (error: ServiceError | null, response: Response) => void;

const handedOn = <Response>(ask: (answer: Answer<Response>) => void): Promise<Response> =>
  new Promise((resolve, reject) =>
    ask((error, response) => {
      if (error === null) resolve(response);
      else reject(error);
    }),
  );

/** A fleet needs its structure at once; the inputs of other components stay as they come. */
const readable = (request: rpc.ConstructRequest): rpc.ConstructRequest => {
  if (request.getType() !== fleetType) return request;
  const inputs = fleetInputs(readStruct(request.getInputs()), dependenciesOf(request));
  for (const key of plainArguments) request.getInputdependenciesMap().del(key);
  return request.setInputs(writeStruct(inputs));
};

export const createComponents = (version: string, engineAddress: () => string) => {
  let started: Promise<ResourceProviderClient> | undefined;
  const host = (): Promise<ResourceProviderClient> => (started ??= startHost(version, engineAddress()));
  return {
    construct: async (request: rpc.ConstructRequest): Promise<rpc.ConstructResponse> => {
      const client = await host();
      return handedOn((answer) => client.construct(readable(request), answer));
    },
  };
};
