/** The transport against OpenSSH's own server. */
import { targetOf } from "../../src/delivery/ssh/endpoint";
import { createLanes } from "../../src/delivery/ssh/lanes";
import { createTransport } from "../../src/delivery/ssh/transport";
import { startOpenSsh, type HostKeyKind, type OpenSsh } from "../support/openssh";
import { generateKeyPair } from "../support/ssh-server";

const closing: { close: () => unknown }[] = [];
afterEach(async () => {
  for (const each of closing.splice(0).reverse()) await each.close();
});

const serve = async (options: Parameters<typeof startOpenSsh>[0] = {}): Promise<OpenSsh> => {
  const server = await startOpenSsh(options);
  closing.push(server);
  return server;
};
const transportOf = (lanes = 64) => {
  const transport = createTransport({ lanes: createLanes(lanes) });
  closing.push(transport);
  return transport;
};
const connectionTo = (
  { host, port, user, clientKey: privateKey, hostKeys }: OpenSsh,
  kind: HostKeyKind = "ed25519",
) => ({
  host,
  port,
  user,
  privateKey,
  hostKey: hostKeys[kind] ?? "",
});
const remote = { command: "sh -s -- word", stdin: 'echo "got $1"; echo loud >&2; exit 7\n' };
const done = { ok: true, stdout: "got word\n", stderr: "loud\n", exitCode: 7 };

test.each<HostKeyKind>(["ed25519", "ecdsa", "rsa"])(
  "a host with keys of every type is run on by its %s key",
  async (kind) => {
    const server = await serve({ kinds: ["ed25519", "ecdsa", "rsa"] });
    expect(await transportOf().run(targetOf(connectionTo(server, kind)), remote)).toMatchObject(done);
  },
);

test("forty hosts at once get through a server that refuses bursts", async () => {
  const server = await serve({ settings: { MaxStartups: "4:100:4" } });
  const transport = transportOf();
  const target = targetOf(connectionTo(server));
  const outcomes = await Promise.all(Array.from({ length: 40 }, () => transport.run(target, remote)));
  expect(outcomes.map((outcome) => (outcome.ok ? outcome.exitCode : outcome.reason))).toEqual(
    Array.from({ length: 40 }, () => 7),
  );
  expect(server.log()).toMatch(/MaxStartups|past MaxStartups|drop connection/);
});

test("forty hosts behind a bastion come through its one connection", async () => {
  const [bastion, server] = [await serve({ settings: { LogLevel: "VERBOSE" } }), await serve()];
  const target = targetOf({ ...connectionTo(server), bastion: connectionTo(bastion) });
  const transport = transportOf(8);
  const outcomes = await Promise.all(Array.from({ length: 40 }, () => transport.run(target, remote)));
  expect(outcomes.every(({ ok }) => ok)).toBe(true);
  expect(bastion.log().match(/Accepted publickey/g)).toHaveLength(1);
});

test("a bastion that forwards nothing is named", async () => {
  const [bastion, server] = [await serve({ settings: { AllowTcpForwarding: "no" } }), await serve()];
  const target = targetOf({ ...connectionTo(server), bastion: connectionTo(bastion) });
  expect(await transportOf().run(target, remote)).toMatchObject({ reason: "forbidden", retryable: false });
});

test("a wrong key, a wrong user and a wrong host key are tried once each", async () => {
  const server = await serve({ settings: { LogLevel: "VERBOSE" } });
  const right = connectionTo(server);
  const transport = transportOf();
  const reasonOf = async (change: object) => {
    const outcome = await transport.run(targetOf({ ...right, ...change }), remote);
    return outcome.ok ? "ok" : outcome.reason;
  };
  expect(await reasonOf({ privateKey: generateKeyPair().private })).toBe("login");
  expect(await reasonOf({ user: "nobody-of-that-name" })).toBe("login");
  expect(await reasonOf({ hostKey: generateKeyPair().public })).toBe("hostKey");
  expect(server.log().match(/Connection from /g)).toHaveLength(3);
});
