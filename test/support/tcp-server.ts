/** Bare TCP servers on 127.0.0.1 for peers that speak no SSH, or stop in the middle of it. */
import net from "node:net";

export interface TcpServer {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** Connections taken so far. */
  readonly connections: () => number;
  close(): Promise<void>;
}

/** Serves each connection by `serve`. */
export const startTcpServer = async (serve: (socket: net.Socket) => void): Promise<TcpServer> => {
  const sockets = new Set<net.Socket>();
  let connections = 0;
  const listener = net.createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  return {
    host: "127.0.0.1",
    port: (listener.address() as net.AddressInfo).port,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        sockets.forEach((socket) => socket.destroy());
      }),
  };
};

/** Passes bytes on to a port until `freeze`, then takes everything and answers nothing, as a host that lost its power. */
export const startFreezingProxy = async (port: number): Promise<TcpServer & { readonly freeze: () => void }> => {
  let isFrozen = false;
  const server = await startTcpServer((socket) => {
    const onward = net.connect(port, "127.0.0.1");
    onward.on("error", () => socket.destroy());
    socket.on("data", (data) => isFrozen || onward.write(data));
    onward.on("data", (data) => isFrozen || socket.write(data));
    socket.on("close", () => onward.destroy());
  });
  return { ...server, freeze: () => (isFrozen = true) };
};
