/** Connections that break: where, and how the test SSH server hangs up there without a word. */
import type net from "node:net";
import type { Connection } from "ssh2";

/** The steps of a connection before its command is complete, in their order. */
export const cuts = ["keyExchange", "afterKeyExchange", "login", "afterLogin", "command", "standardInput"] as const;
export type Cut = (typeof cuts)[number];

/** Hangs up once the client has sent its first words: its own half of the key exchange. */
export const cutKeyExchange = (socket: net.Socket, cutAt: Cut | undefined): void => {
  if (cutAt === "keyExchange") socket.once("data", () => socket.destroy());
};

/** Hangs up at the steps between key exchange and command. */
export const cutConnection = (connection: Connection, hangUp: () => void, cutAt: Cut | undefined): void => {
  if (cutAt === "afterKeyExchange") connection.once("handshake", hangUp);
  if (cutAt === "login") connection.once("authentication", hangUp);
  if (cutAt === "afterLogin") connection.once("ready", hangUp);
};
