/** An SSH agent inside the test process, holding one private key. */
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { AgentProtocol, utils } from "ssh2";

/** A running agent. */
export interface SshAgent {
  /** What SSH_AUTH_SOCK would be. */
  readonly socketPath: string;
  close(): void;
}

/** Starts an agent that signs with `privateKey` (OpenSSH form, no passphrase). */
export const startSshAgent = async (privateKey: string): Promise<SshAgent> => {
  const key = utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-conntrack-agent-"));
  const socketPath = path.join(folder, "agent");
  const server = net.createServer((socket) => {
    const protocol = new AgentProtocol(false);
    protocol.on("identities", (request) => protocol.getIdentitiesReply(request, [key]));
    protocol.on("sign", (request, _publicKey, data) => protocol.signReply(request, key.sign(data)));
    socket.on("error", () => undefined);
    socket.pipe(protocol).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    close: () => {
      server.close();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
};
