/** The component in programs of a user's own: unknown values, options, secrets, through the real engine over real SSH. */
import { createHash } from "node:crypto";
import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ConntrackTuningArgs } from "../../src/component/args";
import { ConntrackTuning } from "../../src/component/conntrack-tuning";
import { hostScript, scriptIdentity } from "../../src/delivery/script/script";
import { createInlineStack, everythingWritten, failureOf, type InlineStack } from "../support/engine";
import { generateKeyPair, type SshServer, startSshServer } from "../support/ssh-server";
import { tunedHost } from "../support/tuned-host";

const password = "correct-horse-battery";
const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };

let server: SshServer;
let inline: InlineStack;
const printed: string[] = [];

const argsOf = (more: Partial<ConntrackTuningArgs> = {}): ConntrackTuningArgs => ({
  connection: {
    host: server.host,
    port: server.port,
    hostKey: server.hostKey,
    privateKey: server.clientKey,
    dialErrorLimit: 0,
  },
  facts,
  ...more,
});

const say = (text: string): void => void printed.push(text);

const up = (program: () => void) => {
  inline.use(() => {
    program();
    return Promise.resolve();
  });
  return inline.stack.up({ onOutput: say });
};

const failingUp = async (program: () => void): Promise<string> => {
  const failure = await failureOf(up(program));
  printed.push(failure);
  return failure;
};

beforeAll(async () => {
  server = await startSshServer({ handler: tunedHost, password });
  inline = await createInlineStack(() => Promise.resolve(), "fleet");
});

beforeEach(() => {
  server.behave({ handler: tunedHost, dropConnections: 0, refuseAuthentication: false });
  server.resetCounts();
});

afterAll(async () => {
  inline.remove();
  await server.close();
});

describe("unknown values", () => {
  afterEach(async () => {
    await up(() => undefined);
  });

  test.each([
    ["facts", () => ({ facts: pulumi.output({ ...facts, memoryMiB: 1 }) }), "facts.memoryMiB = 1"],
    ["settings", () => ({ settings: { max: pulumi.output(5) } }), "settings.max = 5"],
    ["a connection", () => ({ connection: pulumi.output({ host: "root@web1" }) }), "connection.host"],
  ])("are refused without a connection when they are wrong in %s", async (_what, changes, words) => {
    expect(await failingUp(() => new ConntrackTuning("web1", argsOf(changes())))).toContain(words);
    expect(server.connections).toBe(0);
  });

  test("that only another resource's run makes known are refused in the update, before that host is dialled", async () => {
    const wrong = (): void => {
      const other = new remote.Command("other", {
        connection: argsOf().connection,
        create: "echo known late",
      });
      const max = other.stdout.apply((stdout) => stdout.length);
      new ConntrackTuning("web1", argsOf({ settings: { max } }));
    };
    inline.use(() => {
      wrong();
      return Promise.resolve();
    });
    await inline.stack.preview({ onOutput: say });
    expect(server.connections).toBe(0);
    expect(await failingUp(wrong)).toMatch(/settings\.max = \d+: is below/);
    expect(server.executions.map(({ command }) => command)).toEqual(["echo known late"]);
  });

  test("are tuned like plain ones when they are right", async () => {
    await up(() => new ConntrackTuning("web1", argsOf({ facts: pulumi.output(facts), settings: pulumi.output({}) })));
    expect(server.executions.map(({ command }) => command.split(" ")[3])).toEqual(["apply"]);
  });
});

test("a mistake in an unknown value leaves the state of a host that was tuned before as it is", async () => {
  await up(() => new ConntrackTuning("web1", argsOf()));
  const hostIn = async () =>
    (await inline.exportState()).deployment.resources?.find(({ urn }) => urn.endsWith("::web1-host"));
  const before = await hostIn();
  await failingUp(() => new ConntrackTuning("web1", argsOf({ connection: pulumi.output({ host: "root@web1" }) })));
  expect((await hostIn())?.inputs).toEqual(before?.inputs);
  server.resetCounts();
  await up(() => undefined);
  const sha256 = createHash("sha256").update(hostScript).digest("hex");
  expect(server.executions.map(({ command }) => command)).toEqual([
    `sh -s -- restore token=fleet/test/web1 script=${scriptIdentity.version}:${sha256}`,
  ]);
});

describe("an update of a host", () => {
  const udp = (seconds: number) => ({ settings: { timeouts: { nf_conntrack_udp_timeout: seconds } } });
  const exporting = (seconds: number) => async () => {
    const { settings, memory, verdict } = new ConntrackTuning("web1", argsOf(udp(seconds)));
    return await Promise.resolve({ settings, memory, verdict });
  };

  test.each([
    ["refuses", { stdout: "", stderr: "look: the kernel is another era: correct it", exitCode: 1 }],
    ["ends without an answer", { stdout: "This account is for SFTP only.\n" }],
  ])("that %s leaves the outputs of the stack as they were: they never show what was not applied", async (_, reply) => {
    inline.use(exporting(30));
    await inline.stack.up({ onOutput: say });
    const before = await inline.stack.outputs();
    expect(before).toMatchObject({ settings: { value: { timeouts: { nf_conntrack_udp_timeout: 30 } } } });
    server.behave({ handler: () => reply });
    inline.use(exporting(31));
    printed.push(await failureOf(inline.stack.up({ onOutput: say })));
    expect(await inline.stack.outputs()).toEqual(before);
    server.behave({ handler: tunedHost });
    await up(() => undefined);
  });
});

describe("a host whose server is down", () => {
  test.each([
    ["retainOnDelete on the component", () => ({ retainOnDelete: true })],
    [
      "deletedWith on the component",
      () => ({ deletedWith: new pulumi.ComponentResource("test:index:Machine", "machine", {}) }),
    ],
  ])("leaves the state without being dialled by %s", async (_what, options) => {
    await up(() => new ConntrackTuning("web1", argsOf(), options()));
    server.behave({ dropConnections: 1000 });
    server.resetCounts();
    await up(() => undefined);
    expect(server.connections).toBe(0);
    const { deployment } = await inline.exportState();
    expect((deployment.resources ?? []).filter(({ type }) => type.includes("onntrack"))).toEqual([]);
  });
});

test("a bastion's secrets, a password and a wrong key are found nowhere in state, logs or errors", async () => {
  const stranger = generateKeyPair("a passphrase").private;
  const secrets = [
    password,
    "a passphrase",
    ...stranger.split("\n").slice(1, 3),
    ...server.clientKey.split("\n").slice(1, 3),
  ];
  const connection = {
    ...(argsOf().connection as object),
    host: server.host,
    password,
    privateKey: undefined,
    bastion: {
      host: server.host,
      port: server.port,
      hostKey: server.hostKey,
      privateKey: stranger,
      privateKeyPassphrase: "a passphrase",
      password,
      dialErrorLimit: 0,
    },
  };
  await up(() => new ConntrackTuning("web1", argsOf({ connection })));
  expect(server.executions).toHaveLength(1);
  server.behave({ refuseAuthentication: true });
  await failingUp(() => new ConntrackTuning("web1", argsOf({ connection, role: "nat" })));
  const everything = [...printed, everythingWritten(inline.folder)].join("\n");
  expect(everything).toContain("web1-host");
  for (const secret of secrets) expect(everything).not.toContain(secret);
  server.behave({ refuseAuthentication: false });
  await up(() => undefined);
});
