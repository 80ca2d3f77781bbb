import * as pulumi from "@pulumi/pulumi";
import type { ConntrackTuningArgs } from "../../src/component/args";
import { ConntrackTuning } from "../../src/component/conntrack-tuning";
import { hostScript } from "../../src/delivery/script/script";
import { OnVerdict } from "../../src/plan/request";
import { Pattern, Protocol, SessionEnd } from "../../src/simulation/scenario/scenario";
import { type Registered, hasSecretMark, mockEngine, untilSettled } from "../support/mock-engine";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFvF7Zr0Nq8k6Dn5r5cJm3yZ0m2w1c9m4Xh0f6s0a1b2";
const privateKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n";
const args: ConntrackTuningArgs = {
  connection: { host: "192.0.2.1", hostKey, privateKey, password: "pass-word" },
  facts: { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" },
};

const unknown = <T>(value: T): pulumi.Output<T> => pulumi.output(value) as pulumi.Output<T>;

const engine = mockEngine("fleet", "prod");
const commandOf = (name: string): Registered => {
  const found = engine.registered.filter((resource) => resource.name === `${name}-host`);
  expect(found).toHaveLength(1);
  return found[0] as Registered;
};

afterEach(() => engine.reset());

test("a host is one component with exactly one remote command, named after it for ever", async () => {
  const tuned = new ConntrackTuning("web1", args);
  await untilSettled(tuned.readBack);
  expect(engine.registered.map(({ type, name }) => [type, name])).toEqual([
    ["conntrack:index:ConntrackTuning", "web1"],
    ["command:remote:Command", "web1-host"],
  ]);
});

test("the remote command is the constant script with its numbers on one line, and a restore for the end", async () => {
  const tuned = new ConntrackTuning("web1", args);
  await untilSettled(tuned.readBack);
  const { inputs } = commandOf("web1");
  expect(inputs.stdin).toBe(hostScript);
  expect(inputs.create).toMatch(
    /^sh -s -- apply token=fleet\/prod\/web1 .* buckets=262144 max=262144 nf_conntrack_tcp_timeout_established=86400 for=.* script=\d+:[0-9a-f]{64}$/,
  );
  expect(inputs.delete).toMatch(/^sh -s -- restore token=fleet\/prod\/web1 script=\d+:[0-9a-f]{64}$/);
  expect(inputs).toMatchObject({ addPreviousOutputInEnv: false, logging: "stderr" });
  expect(inputs).not.toHaveProperty("update");
  expect(inputs).not.toHaveProperty("environment");
  expect(inputs).not.toHaveProperty("triggers");
});

test.each([
  ["a plain text", "m6g.large"],
  ["known later", unknown("m6g.large")],
])(
  "an instance type that is %s is registered as what it stands for, which policies judge",
  async (_what, instanceType) => {
    const kernel = "6.1.0-50-cloud-arm64";
    const tuned = new ConntrackTuning("web1", { ...args, facts: { instanceType, kernel } });
    await untilSettled(tuned.readBack);
    const { inputs } = engine.registered[0] as Registered;
    expect(engine.plain(inputs.facts)).toEqual({ memoryMiB: 8192, arch: "aarch64", cores: 2, kernel });
    expect(commandOf("web1").inputs.create).toContain(" max=262144 ");
  },
);

test("the defaults of the dial wait a minute for a host that refuses at once, and the agent's socket stays unset", async () => {
  const tuned = new ConntrackTuning("web1", args);
  await untilSettled(tuned.readBack);
  const connection = engine.plain(commandOf("web1").inputs.connection);
  expect(connection).toEqual({
    host: "192.0.2.1",
    port: 22,
    user: "root",
    privateKey,
    password: "pass-word",
    hostKey,
    dialErrorLimit: 20,
    perDialTimeout: 10,
  });
});

test("sudo stands before both commands, and a bastion becomes the proxy", async () => {
  const tuned = new ConntrackTuning("web1", {
    ...args,
    connection: {
      ...(args.connection as object),
      host: "192.0.2.1",
      sudo: true,
      bastion: { host: "192.0.2.9", hostKey, port: 2222 },
    },
  });
  await untilSettled(tuned.readBack);
  const { inputs } = commandOf("web1");
  expect(inputs.create).toMatch(/^sudo -n sh -s -- apply /);
  expect(inputs.delete).toMatch(/^sudo -n sh -s -- restore /);
  expect(engine.plain(inputs.connection)).toMatchObject({ proxy: { host: "192.0.2.9", port: 2222, user: "root" } });
});

test("keys, passphrases and passwords are secret before they reach the state, the bastion's too", async () => {
  const secrets = { privateKey, privateKeyPassphrase: "phrase", password: "pass-word" };
  const tuned = new ConntrackTuning("web1", {
    ...args,
    connection: { host: "192.0.2.1", hostKey, ...secrets, bastion: { host: "b", hostKey, ...secrets } },
  });
  await untilSettled(tuned.readBack);
  const component = engine.registered.find(({ name }) => name === "web1");
  // The SDK hides a whole object that holds a secret.
  expect(hasSecretMark(component?.inputs.connection)).toBe(true);
  expect(hasSecretMark(commandOf("web1").inputs.connection)).toBe(true);
  expect(JSON.stringify(commandOf("web1").inputs.create)).not.toContain("pass-word");
});

const rsaKey = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDZ";

test.each<[string, Record<string, unknown>, RegExp]>([
  ["a host", { hostKey: rsaKey }, /connection\.hostKey: is an RSA key.*ssh 192\.0\.2\.1 cat \S+ed25519_key\.pub/],
  ["a bastion", { bastion: { host: "b", hostKey: rsaKey } }, /connection\.bastion\.hostKey: is an RSA key.*ssh b cat/],
  ["a host, unknown at first", { hostKey: unknown(rsaKey) }, /connection\.hostKey: is an RSA key/],
])("an RSA host key of %s is refused with the way to another, because the plugin cannot use it", async (...row) => {
  const [, change, says] = row;
  const connection = { host: "192.0.2.1", hostKey, ...change } as ConntrackTuningArgs["connection"];
  const said: string[] = [];
  try {
    new ConntrackTuning("web1", { ...args, connection });
  } catch (error) {
    said.push(String(error));
  }
  await engine.settle();
  expect([...said, ...engine.errors].join()).toMatch(says);
});

test.each<[string, Record<string, unknown>]>([
  ["a password behind the user", { user: "root:pass-word" }],
  ["an unknown password behind the user", { user: unknown("root:pass-word") }],
  ["a password as port", { port: "pass-word" }],
  ["a misspelt password", { pasword: "pass-word" }],
  ["a bastion as URL with a login", { bastion: "ssh://root:pass-word@192.0.2.9" }],
])("%s is secret in the state even of a component that is refused, and in no message", async (_what, change) => {
  const connection = { host: "192.0.2.1", hostKey, ...change } as ConntrackTuningArgs["connection"];
  try {
    new ConntrackTuning("web1", { ...args, connection });
  } catch (error) {
    expect(String(error)).not.toContain("pass-word");
  }
  await engine.settle();
  const component = engine.registered.find(({ name }) => name === "web1");
  expect(hasSecretMark(component?.inputs.connection)).toBe(true);
  expect(engine.errors.join()).not.toContain("pass-word");
});

test("policies see the settings and the memory among the component's inputs", async () => {
  const tuned = new ConntrackTuning("web1", args);
  await untilSettled(tuned.readBack);
  const component = engine.registered.find(({ name }) => name === "web1");
  expect(component?.inputs).toMatchObject({
    settings: { max: 262144, buckets: 262144, timeouts: { nf_conntrack_tcp_timeout_established: 86400 } },
    memory: { tableBytes: 2097152, entryBytes: 384, fullBytes: 262144 * 384 + 2097152 },
  });
});

test("every mistake in plain arguments is one error before anything of the host is registered", async () => {
  const wrong = {
    connection: { host: "192.0.2.1" },
    facts: { memoryMiB: -1, kernel: "6.1.0", arch: "x86_64" },
    role: "router",
  } as unknown as ConntrackTuningArgs;
  expect(() => new ConntrackTuning("web1", wrong)).toThrow(
    /connection\.hostKey[\s\S]*facts\.memoryMiB = -1[\s\S]*role = "router"/,
  );
  await engine.settle();
  expect(engine.registered.map(({ type }) => type)).not.toContain("command:remote:Command");
});

test("a mistake beside an unknown value is an error at once", () => {
  const waiting = {
    ...args,
    connection: { host: pulumi.output("192.0.2.1"), port: 70000, hostKey: pulumi.output(hostKey) },
  };
  expect(() => new ConntrackTuning("web1", waiting)).toThrow(/connection\.port = 70000/);
});

test("a mistake of form is certain also where it lies between fields, as long as none of them is unknown", () => {
  const waiting = {
    ...args,
    connection: { host: "root@192.0.2.1", privateKey: pulumi.secret(privateKey) },
    facts: { memoryMiB: pulumi.output(8192), kernel: "1.2.13", arch: "x86_64" },
    traffic: { classes: [{ protocol: Protocol.Tcp, pattern: Pattern.Query, newPerSecond: 1 }] },
  };
  expect(() => new ConntrackTuning("web1", waiting)).toThrow(
    /connection\.host:[\s\S]*connection\.hostKey:[\s\S]*facts\.kernel = [\s\S]*traffic\.classes\[0\]\.pattern = /,
  );
});

const queries = (newPerSecond: number) => ({
  classes: [{ protocol: Protocol.Udp, pattern: Pattern.Query, newPerSecond }],
});
const kernel = { kernel: "6.12.107", arch: "x86_64" };
/** More than 1/32 of the RAM holds. */
const heavy = { ...args, facts: { memoryMiB: 1024, ...kernel }, traffic: queries(2000) };
/** More than the entries carry. */
const overfull = {
  ...args,
  facts: { memoryMiB: 65536, ...kernel },
  settings: { max: 262144 },
  traffic: queries(8000),
};

test.each<[string, ConntrackTuningArgs]>([
  ["a memory share", { ...heavy, memoryShare: unknown(0.3) }],
  ["onVerdict", { ...overfull, onVerdict: unknown(OnVerdict.Warn) }],
  ["allowShrink", { ...args, settings: { max: 1024 }, allowShrink: Promise.resolve(true) }],
  ["the word that no host key is needed", { ...args, connection: { host: "b", insecureIgnoreHostKey: unknown(true) } }],
  [
    "the end of a session",
    {
      ...args,
      traffic: {
        classes: [
          {
            protocol: Protocol.Tcp,
            pattern: Pattern.Session,
            newPerSecond: 1,
            lifeSeconds: 1,
            end: unknown(SessionEnd.Silent),
            unacknowledged: true,
          },
        ],
      },
    },
  ],
])("no default decides in the place of %s that is unknown", async (_what, waiting) => {
  const tuned = new ConntrackTuning("web1", waiting);
  await untilSettled(tuned.readBack);
  await engine.settle();
  expect(engine.errors).toEqual([]);
  expect(commandOf("web1").inputs.create).toMatch(/ apply .*max=\d+/);
});

test.each([
  [
    "facts",
    { ...args, facts: pulumi.output({ memoryMiB: 0, kernel: "6.1.0", arch: "x86_64" }) },
    "facts.memoryMiB = 0",
  ],
  ["settings", { ...args, settings: { max: pulumi.output(5) } }, "settings.max = 5"],
  ["a connection", { ...args, connection: pulumi.output({ host: "192.0.2.1" }) }, "connection.hostKey"],
  ["a promise", { ...args, memoryShare: Promise.resolve(3) }, "memoryShare = 3"],
  ["a load's share", { ...heavy, memoryShare: unknown(0.03) }, "traffic: needs"],
  ["a verdict", { ...overfull, onVerdict: unknown(OnVerdict.Error) }, "traffic: The table fills to"],
])("a mistake in %s that was unknown is logged and leaves nothing to run", async (_what, waiting, words) => {
  const tuned = new ConntrackTuning("web1", waiting);
  await untilSettled(tuned.readBack);
  await engine.settle();
  expect(commandOf("web1").inputs).not.toHaveProperty("create");
  expect(engine.plain(commandOf("web1").inputs.connection)).not.toHaveProperty("host");
  expect(engine.errors.join("\n")).toContain(words);
  expect(engine.errors).toHaveLength(1);
});

test("good unknown values come to the same command as plain ones", async () => {
  const waiting = new ConntrackTuning("web1", {
    ...args,
    connection: pulumi.output(args.connection),
    facts: { memoryMiB: pulumi.output(8192), kernel: Promise.resolve("6.1.0-50-cloud-amd64"), arch: "x86_64" },
  });
  await untilSettled(waiting.readBack);
  const lateCommand = commandOf("web1").inputs;
  engine.reset();
  const plain = new ConntrackTuning("web1", args);
  await untilSettled(plain.readBack);
  expect(lateCommand.create).toBe(commandOf("web1").inputs.create);
  expect(hasSecretMark(lateCommand.create)).toBe(false);
});

test("what the host answers becomes the read-back, and its warnings are said", async () => {
  engine.answer = { warnings: ["recovered"] };
  const tuned = new ConntrackTuning("web1", args);
  expect(await untilSettled(tuned.readBack)).toEqual({
    status: "active",
    presence: "module",
    kernel: "6.1.0-50-cloud-amd64",
    memTotalKiB: 8120000,
    settings: expect.objectContaining({ max: 262144, buckets: 262144 }) as object,
    previous: { max: 65536, buckets: 65536 },
    loadedBy: ["module:nft_ct"],
    competingWriters: [],
  });
  expect(await untilSettled(tuned.warnings)).toEqual([expect.stringContaining("put back first")]);
  await engine.settle();
  expect(engine.warnings.join()).toContain("put back first");
});

test("an answer that cannot be read is an error of that host", async () => {
  engine.stdout = "Welcome to web1!\n";
  const tuned = new ConntrackTuning("web1", args);
  expect(await untilSettled(tuned.readBack)).toBeUndefined();
  await engine.settle();
  expect(engine.errors.join()).toMatch(/web1 exited with 0 and gave no answer.*pulumi up --replace 'urn:.*web1-host'/);
});

test("an answer that claims other values than were planned is none", async () => {
  engine.answer = { settings: { max: 65536, buckets: 65536 } };
  const tuned = new ConntrackTuning("web1", args);
  expect(await untilSettled(tuned.readBack)).toBeUndefined();
  await engine.settle();
  expect(engine.errors.join()).toMatch(/not of this run: it says (max|buckets)=65536, and 262144 must be there/);
});

test("settings that the simulation fails are an error before anything of the host is registered", async () => {
  const overloaded: ConntrackTuningArgs = {
    ...args,
    settings: { max: 262144 },
    traffic: { classes: [{ protocol: "udp", pattern: "query", newPerSecond: 20000 }] },
  };
  expect(() => new ConntrackTuning("web1", overloaded)).toThrow(/traffic: .*entries are killed to make room/);
  await engine.settle();
  expect(engine.registered.map(({ type }) => type)).not.toContain("command:remote:Command");
});

test("a failing verdict that was asked to warn is said, and the host is tuned nevertheless", async () => {
  const tuned = new ConntrackTuning("web1", {
    ...args,
    settings: { max: 262144 },
    traffic: { classes: [{ protocol: "udp", pattern: "query", newPerSecond: 20000 }] },
    onVerdict: "warn",
  });
  expect(await untilSettled(tuned.verdict)).toMatchObject({ outcome: "failed" });
  await engine.settle();
  expect(engine.warnings.join()).toMatch(/entries are killed to make room/);
  expect(commandOf("web1").inputs.create).toMatch(/max=262144/);
});

test("without traffic the verdict says that nothing was judged, and policies see it with the hash of the settings", async () => {
  const tuned = new ConntrackTuning("web1", args);
  await untilSettled(tuned.readBack);
  const verdict = await untilSettled(tuned.verdict);
  expect(verdict).toEqual({ outcome: "notJudged", settingsHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
  expect(engine.registered.find(({ name }) => name === "web1")?.inputs.verdict).toEqual(verdict);
});
