/** How the test SSH server answers a command. */
import type { ServerChannel } from "ssh2";
import type { SshReply } from "./ssh-server";

/** @param hangUp breaks the connection */
export const answer = (channel: ServerChannel, reply: SshReply, hangUp: () => void): void => {
  channel.stderr.write(reply.stderr ?? "");
  if (reply.breaksOff === true) {
    channel.write(reply.stdout ?? "", () => setImmediate(hangUp));
    return;
  }
  channel.write(reply.stdout ?? "");
  if (reply.signal === undefined) channel.exit(reply.exitCode ?? 0);
  else channel.exit(reply.signal, false, "");
  channel.end();
};

/** Output that never ends. */
export const writeForEver = (channel: ServerChannel): void => {
  const chunk = Buffer.alloc(32 * 1024, "x");
  const write = (): void => {
    while (channel.writable && channel.write(chunk));
  };
  channel.on("drain", write);
  write();
};
