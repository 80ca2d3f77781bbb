/** The SSH endpoints of a host: itself and the bastion before it. */
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
