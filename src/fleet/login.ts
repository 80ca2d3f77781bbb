import type { Connection } from "../delivery/ssh/connection";

/** How hosts are reached, less what is a host's own. */
export type Login = Omit<Connection, "host" | "port" | "hostKey">;

/** The login of a connection. */
export const loginOf = ({ host: _host, port: _port, hostKey: _hostKey, ...login }: Connection): Login => login;
