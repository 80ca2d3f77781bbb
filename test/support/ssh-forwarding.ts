/** The bastion's part of the test SSH server: `direct-tcpip` channels become TCP connections to where they point. */
import net from "node:net";
import type { Connection } from "ssh2";

/** Forwards every `direct-tcpip` channel that `connection` asks for; `count` is called for each one. */
export const forwardConnections = (connection: Connection, count: () => void): void => {
  connection.on("tcpip", (accept, refuse, { destIP, destPort }) => {
    count();
    const socket = net.connect(destPort, destIP);
    socket.once("error", refuse);
    socket.once("connect", () => {
      socket.off("error", refuse);
      const channel = accept();
      socket.on("error", () => channel.end());
      channel.on("error", () => socket.destroy());
      channel.on("close", () => socket.destroy());
      socket.pipe(channel).pipe(socket);
    });
  });
};
