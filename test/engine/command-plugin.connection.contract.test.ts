/**
 * How the command plugin reaches a host, whichever plugin is there: the official one or the stand-in.
 * Source of the expected behaviour: pulumi-command v1.2.1, provider/pkg/provider/remote/connection.go, and the words of
 * golang.org/x/crypto/ssh.
 */
import { remote, type types } from "@pulumi/command";
import { utils } from "ssh2";
import { startOpenSsh } from "../support/openssh";
import { createInlineStack, failureOf, type InlineStack } from "../support/engine";
import { startSshAgent } from "../support/ssh-agent";
import { generateKeyPair, type SshServer, startSshServer } from "../support/ssh-server";

type Connection = types.input.remote.ConnectionArgs;

let server: SshServer;
let inline: InlineStack;

const password = "correct horse";

beforeAll(async () => {
  server = await startSshServer({ password, handler: () => ({ stdout: "done" }) });
  inline = await createInlineStack(() => Promise.resolve());
});

beforeEach(() => {
  server.resetCounts();
  server.behave({ refuseAuthentication: false, dropConnections: 0, user: undefined });
});

afterAll(async () => {
  inline.remove();
  await server.close();
});

let declared = 0;

/** One new command for each connection; those of earlier tests leave the program and with it the state. */
const up = (...connections: readonly Connection[]) => {
  inline.use(() => {
    for (const connection of connections) {
      declared += 1;
      new remote.Command(`host${declared}`, { connection, create: "true" });
    }
    return Promise.resolve();
  });
  return inline.stack.up();
};

const address = () => ({ host: server.host, port: server.port });
const withKey = () => ({ ...address(), privateKey: server.clientKey });

describe("logging in", () => {
  it("works with a key, as the user given", async () => {
    server.behave({ user: "admin" });
    await up({ ...withKey(), user: "admin" });
    expect(server.executions.map(({ user }) => user)).toEqual(["admin"]);
  });

  it("works with an encrypted key and its password", async () => {
    const { private: privateKey } = generateKeyPair("open sesame");
    const encrypted = await startSshServer({ clientKey: privateKey, clientKeyPassphrase: "open sesame" });
    const { host, port } = encrypted;
    await up({ host, port, privateKey, privateKeyPassword: "open sesame" });
    expect(encrypted.executions).toHaveLength(1);
    await encrypted.close();
  });

  it("works with a key of type ecdsa, to a host with a pinned key of that type", async () => {
    const keyPair = () => utils.generateKeyPairSync("ecdsa", { bits: 256 }).private;
    const host = await startSshServer({ clientKey: keyPair(), hostPrivateKey: keyPair() });
    expect(host.hostKey).toMatch(/^ecdsa-sha2-nistp256 /);
    await up({ host: host.host, port: host.port, privateKey: host.clientKey, hostKey: host.hostKey });
    expect(host.executions).toHaveLength(1);
    await host.close();
  });

  it("works with a key of type rsa", async () => {
    const host = await startSshServer({ clientKey: utils.generateKeyPairSync("rsa", { bits: 3072 }).private });
    await up({ host: host.host, port: host.port, privateKey: host.clientKey, hostKey: host.hostKey });
    expect(host.executions).toHaveLength(1);
    await host.close();
  });

  it.each(["password", "keyboard-interactive"] as const)("works with a password by %s", async (method) => {
    server.behave({ passwordMethods: [method] });
    await up({ ...address(), password });
    expect(server.executions).toHaveLength(1);
    expect(server.connections).toBe(1);
  });

  it("works with an agent", async () => {
    const agent = await startSshAgent(server.clientKey);
    await up({ ...address(), agentSocketPath: agent.socketPath });
    agent.close();
    expect(server.executions).toHaveLength(1);
  });

  it("fails at once, without a connection, where the agent's socket is dead", async () => {
    const failure = await failureOf(up({ ...withKey(), agentSocketPath: "/nowhere/agent" }));
    expect(failure).toContain("dial unix /nowhere/agent: connect: no such file or directory");
    expect(server.connections).toBe(0);
  });

  it("fails at once, without a connection, where the key cannot be read", async () => {
    const failure = await failureOf(up({ ...address(), privateKey: "not a key" }));
    expect(failure).toContain("ssh: no key found");
    expect(server.connections).toBe(0);
  });

  it("fails at once, without a connection, where an encrypted key comes without its password", async () => {
    const failure = await failureOf(up({ ...address(), privateKey: generateKeyPair("open sesame").private }));
    expect(failure).toContain("ssh: this private key is passphrase protected");
    expect(server.connections).toBe(0);
  });
});

describe("retries", () => {
  it("count a refused login too: dialErrorLimit 2 is three attempts", async () => {
    server.behave({ refuseAuthentication: true });
    const failure = await failureOf(up({ ...withKey(), dialErrorLimit: 2 }));
    expect(failure).toContain(
      "after 2 failed attempts: ssh: handshake failed: ssh: unable to authenticate, " +
        "attempted methods [none publickey], no supported methods remain",
    );
    expect(server.connections).toBe(3);
  });

  it("with dialErrorLimit 0 there is one attempt", async () => {
    server.behave({ refuseAuthentication: true });
    const failure = await failureOf(up({ ...withKey(), dialErrorLimit: 0 }));
    expect(failure).toContain("after 0 failed attempts: ");
    expect(server.connections).toBe(1);
  });

  it("carry on over connections that break, and say so", async () => {
    server.behave({ dropConnections: 2 });
    const { stdout } = await up({ ...withKey(), dialErrorLimit: 5 });
    expect(stdout).toContain("Dial 1/5 failed: retrying");
    expect(server.connections).toBe(3);
    expect(server.executions).toHaveLength(1);
  });

  it("bring every host of a fleet behind a server that refuses bursts to its end", async () => {
    // sshd drops what is above MaxStartups (10:30:100 by default) before it says a word.
    server.behave({ dropConnections: 12 });
    await up(...Array.from({ length: 8 }, () => ({ ...withKey(), dialErrorLimit: 20 })));
    expect(server.executions).toHaveLength(8);
    expect(server.connections).toBe(20);
  });

  it("end with the network's reason where nobody listens", async () => {
    const gone = await startSshServer();
    await gone.close();
    const failure = await failureOf(up({ host: gone.host, port: gone.port, dialErrorLimit: 1 }));
    expect(failure).toContain(`after 1 failed attempts: dial tcp 127.0.0.1:${gone.port}: connect: connection refused`);
  });
});

describe("a pinned host key", () => {
  it("lets in the host that has it", async () => {
    await up({ ...withKey(), hostKey: server.hostKey });
    expect(server.executions).toHaveLength(1);
  });

  it("keeps out a host with another key: no login, no command", async () => {
    const hostKey = generateKeyPair().public;
    const failure = await failureOf(up({ ...withKey(), hostKey, dialErrorLimit: 0 }));
    expect(failure).toContain("ssh: handshake failed: ssh: host key mismatch");
    expect(server.executions).toHaveLength(0);
  });

  it("of type rsa keeps out every host with OpenSSH 8.8 or later: only its signature by SHA-1 is offered", async () => {
    const host = await startOpenSsh({ kinds: ["rsa"] });
    const connection = { host: host.host, port: host.port, user: host.user, privateKey: host.clientKey };
    const failure = await failureOf(up({ ...connection, hostKey: host.hostKeys.rsa, dialErrorLimit: 0 }));
    expect(failure).toContain("ssh: handshake failed: ssh: no common algorithm for host key");
    await up(connection);
    await host.close();
  });

  it("that another key answers is tried as often as any other failure", async () => {
    const failure = await failureOf(up({ ...withKey(), hostKey: generateKeyPair().public, dialErrorLimit: 2 }));
    expect(failure).toContain("after 2 failed attempts: ssh: handshake failed: ssh: host key mismatch");
    expect(server.connections).toBe(3);
  });

  it("that cannot be read is said at once, without a connection", async () => {
    const failure = await failureOf(up({ ...withKey(), hostKey: "ssh-ed25519 nonsense" }));
    expect(failure).toContain("ssh: no key found");
    expect(server.connections).toBe(0);
  });
});

describe("a bastion", () => {
  it("carries the connection to the host", async () => {
    const bastion = await startSshServer();
    const { host, port, hostKey, clientKey: privateKey } = bastion;
    await up({ ...withKey(), hostKey: server.hostKey, proxy: { host, port, hostKey, privateKey, user: "jump" } });
    expect({ connections: bastion.connections, forwards: bastion.forwards }).toEqual({ connections: 1, forwards: 1 });
    expect(server.executions).toHaveLength(1);
    await bastion.close();
  });

  it("that refuses the login is named, with its own limit of attempts", async () => {
    const bastion = await startSshServer({ refuseAuthentication: true });
    const proxy = { host: bastion.host, port: bastion.port, privateKey: bastion.clientKey, dialErrorLimit: 1 };
    const failure = await failureOf(up({ ...withKey(), proxy }));
    expect(failure).toContain("proxy: after 1 failed attempts: ssh: handshake failed: ssh: unable to authenticate");
    expect(bastion.connections).toBe(2);
    expect(server.connections).toBe(0);
    await bastion.close();
  });
});

describe("many commands", () => {
  it("open one connection each", async () => {
    const connection = withKey();
    await up(...Array.from({ length: 8 }, () => connection));
    expect(server.connections).toBe(8);
    expect(server.executions).toHaveLength(8);
  });
});
