/** The SSH endpoints of a host: itself and the bastion before it. */
import * as z from "zod";
import { defaultPort } from "../src/connection/connection";
import type { EndpointInputs, HostInputs } from "./subjects";

interface PathedEndpoint {
  readonly path: string;
  readonly endpoint: EndpointInputs;
  readonly isBastion: boolean;
}

/** Every endpoint with its path; none where the host has no connection. */
export const endpointsOf = ({ connection }: HostInputs): readonly PathedEndpoint[] => {
  if (connection === undefined) return [];
  const { bastion } = connection;
  return [
    { path: "connection", endpoint: connection, isBastion: false },
    ...(bastion === undefined ? [] : [{ path: "connection.bastion", endpoint: bastion, isBastion: true }]),
  ];
};

const address = z.object({ host: z.string(), port: z.number().default(defaultPort) });
const way = address.extend({ bastion: address.optional() });

/** The same for a host in two files: its name and the way to it; undefined where its address cannot be read. */
export const hostIdentity = (name: string, connection: unknown): string | undefined => {
  const { success, data } = way.safeParse(connection);
  return success ? JSON.stringify([name, data]) : undefined;
};
