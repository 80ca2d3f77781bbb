/** A fleet that is tried on a canary, watched, and put back where it hurts: through the real engine and real SSH. */
import fs from "node:fs";
import path from "node:path";
import YAML from "yaml";
import { wavesOf } from "../../src/fleet/waves";
import { createCliStack, type CliStack } from "../support/engine";
import { fleetHosts, hostIn } from "../support/fleet-host";
import { misbehaviour, type SimulatedHost } from "../support/simulated-fleet";
import { startSshServer, type SshHandler, type SshServer } from "../support/ssh-server";
import { RunningUpdate, until } from "./fifty/interrupted";

const repositoryRoot = path.resolve(__dirname, "../..");
const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };
const names = Array.from({ length: 12 }, (_, index) => `h${index}`);
const canary = ["h3", "h5"];
const [first = [], second = [], third = []] = wavesOf("fleet", names, { canary, waves: [50, 100] }).map(
  ({ hosts }) => hosts,
);
/** As a state sorts them. */
const listed = (hosts: readonly string[]): string => [...hosts].sort().join(", ");
const waves = { "fleet-canary": first, "fleet-1": second, "fleet-2": third };

const udpKey = "nf_conntrack_udp_timeout";
const gate = { maximumFill: 0.9, dropsPerSecond: 1, insertFailedPerSecond: 1 };

let fleet: ReturnType<typeof fleetHosts>;
let server: SshServer;
let stack: CliStack;
/** What happens to a host each time that it is read in the soak time. */
let trouble: (name: string, host: SimulatedHost) => void = () => undefined;

const write = (udpSeconds: number, rollout: object = {}): void => {
  const connection = { port: server.port, hostKey: server.hostKey, privateKey: server.clientKey, dialErrorLimit: 0 };
  const hosts = names.map((name, index) => [name, { connection: { host: `127.0.1.${index + 1}` } }]);
  const inventory = {
    defaults: { connection, facts, settings: { timeouts: { [udpKey]: udpSeconds } } },
    hosts: Object.fromEntries(hosts) as object,
    observe: false,
    rollout: { canary, waves: [50, 100], soakSeconds: 1, gate, ...rollout },
  };
  fs.writeFileSync(path.join(stack.folder, "hosts.yaml"), YAML.stringify(inventory));
};

const up = async (operation: "up" | "preview" = "up") => {
  fleet.commands.length = 0;
  server.resetCounts();
  const { code, stdout, stderr } = await stack[operation]();
  return { code, shown: stdout + stderr };
};

const held = (hosts: readonly string[]): readonly unknown[] => [
  ...new Set(hosts.map((name) => fleet.hostOf(name).values[udpKey])),
];

const reached = (): readonly string[] => [...new Set(fleet.commands.map(({ command }) => hostIn(command)))].sort();

/** Names that each wave has not done, as the state says. */
const pendingOf = async (wave: string): Promise<unknown> => {
  const { deployment } = await stack.exportState();
  return deployment.resources?.find(({ urn }) => urn.endsWith(`::${wave}`))?.outputs?.pending;
};

beforeAll(async () => {
  fleet = fleetHosts();
  const handler: SshHandler = (request) => {
    if (request.command.includes(" verify ")) {
      const name = hostIn(request.command);
      trouble(name, fleet.hostOf(name));
    }
    return fleet.handler(request);
  };
  server = await startSshServer({ handler, listenOn: "0.0.0.0" });
  stack = await createCliStack({ project: repositoryRoot });
  stack.configure({ "pulumi-conntrack:inventory": path.join(stack.folder, "hosts.yaml") });
});

afterEach(() => {
  trouble = () => undefined;
});

afterAll(async () => {
  stack.remove();
  await server.close();
});

test("every wave has hosts, or this test says little", () => {
  expect(Object.values(waves).map(({ length }) => length > 1)).toEqual([true, true, true]);
});

test("before its window nobody is contacted, and the error says when it opens", async () => {
  write(40, { notBefore: "2999-01-01T00:00:00Z" });
  const { code, shown } = await up();
  expect(code).not.toBe(0);
  expect(shown).toContain("rollout.notBefore");
  expect(shown).toContain("2999-01-01T00:00:00Z");
  expect(server.connections).toBe(0);
});

test("a preview names the waves in their order and who is in which", async () => {
  write(40);
  const { code, shown } = await up("preview");
  expect(code).toBe(0);
  expect(shown).toContain("wave 1 of 3, then 1 s of soak time and the gate: h3, h5");
  expect(shown).toContain(`wave 2 of 3, after fleet-canary, then 1 s of soak time and the gate: ${listed(second)}`);
  expect(shown).toContain(`wave 3 of 3, after fleet-1, then 1 s of soak time and the gate: ${listed(third)}`);
});

test("new hosts whose canary does not pass have their own values again, and no other host is contacted", async () => {
  trouble = (name, host) => {
    if (name === "h3") host.entries = 262_000;
  };
  const { code, shown } = await up();
  expect(code).not.toBe(0);
  expect(shown).toMatch(/h3: holds 262000 of 262144 entries, 99\.9 %; gate\.maximumFill allows 90 %/);
  expect(reached()).toEqual(first);
  expect(first.map((name) => fleet.hostOf(name).owner)).toEqual([undefined, undefined]);
  expect(await pendingOf("fleet-canary")).toEqual(first);
  fleet.hostOf("h3").entries = 12;
});

test("the next update does all of it, wave by wave, and a change afterwards concerns only who changes", async () => {
  const { code, shown } = await up();
  expect([code, shown]).toEqual([0, shown]);
  expect(held(names)).toEqual(["40"]);
  expect(shown).toContain("the gate passed after 1 s: 2 hosts");
  const applied = fleet.commands.filter(({ command }) => command.includes(" apply ")).map(({ name }) => name);
  expect([...applied.slice(0, 2)].sort()).toEqual(first);
  expect([...applied.slice(2, 2 + second.length)].sort()).toEqual([...second].sort());
  expect(await stack.outputs()).toEqual({ pending: [], count: 12 });
});

test.each([
  [
    "packets dropped in the canary",
    "fleet-canary",
    (host: SimulatedHost): void => {
      host.counters = { drop: (host.counters?.drop ?? 0) + 100_000 };
    },
    /drop rose by 100000 in \d+ s, .*\/s; gate\.dropsPerSecond allows 1/,
  ],
  [
    "insertions failing in the second wave",
    "fleet-1",
    (host: SimulatedHost): void => {
      host.counters = { insert_failed: (host.counters?.insert_failed ?? 0) + 100_000 };
    },
    /insert_failed rose by 100000/,
  ],
  [
    "a value that does not hold in the last wave",
    "fleet-2",
    (host: SimulatedHost): void => {
      host.values[udpKey] = "999";
    },
    /nf_conntrack_udp_timeout is 999, not 50/,
  ],
] as const)(
  "%s put that wave back, leave later ones untouched, and the next update goes on there",
  async (_, wave, hurt, says) => {
    const index = Object.keys(waves).indexOf(wave);
    const inOrder = Object.values(waves);
    write(40);
    expect((await up()).code).toBe(0);
    write(50);
    const victim = inOrder[index]?.[0] ?? "";
    trouble = (name, host) => {
      if (name === victim) hurt(host);
    };
    const { code, shown } = await up();
    expect(code).not.toBe(0);
    expect(shown).toMatch(says);
    const passed = inOrder.slice(0, index).flat();
    const failed = inOrder[index] ?? [];
    expect(held(passed)).toEqual(passed.length > 0 ? ["50"] : []);
    expect(held(failed)).toEqual(["40"]);
    // A once tuned host stays ours: it never falls back to its own values.
    expect(failed.map((name) => fleet.hostOf(name).owner?.split("/").at(-1))).toEqual(failed.map(() => wave));
    expect(reached()).toEqual([...passed, ...failed].sort());
    expect(await pendingOf(wave)).toEqual([...failed].sort());

    trouble = () => undefined;
    const next = await up();
    expect([next.code, next.shown]).toEqual([0, next.shown]);
    expect(held(names)).toEqual(["50"]);
    expect(reached()).toEqual([...failed, ...inOrder.slice(index + 1).flat()].sort());
    expect(await stack.outputs()).toEqual({ pending: [], count: 12 });
  },
);

test("a host that dies in the soak time fails its wave; the state says that it holds the new settings", async () => {
  write(60);
  trouble = (name) => {
    if (name === "h5") fleet.misbehave(["h5"], misbehaviour.unreachable);
  };
  const { code, shown } = await up();
  expect(code).not.toBe(0);
  expect(shown).toContain("h5: cannot be read after the soak time");
  expect(shown).toMatch(/still holds the new settings, because it could not be put back: h5/);
  expect(held(["h3"])).toEqual(["50"]);
  expect(held(["h5"])).toEqual(["60"]);
  expect(await pendingOf("fleet-canary")).toEqual(first);
  fleet.misbehave(["h5"]);
  trouble = () => undefined;
  expect((await up()).code).toBe(0);
  expect(held(names)).toEqual(["60"]);
});

describe("An update that is interrupted in the soak time of its canary", () => {
  const longSoak = { soakSeconds: 3600 };

  const interrupted = async (udpSeconds: number, signal: "SIGINT" | "SIGKILL") => {
    write(udpSeconds, longSoak);
    fleet.commands.length = 0;
    const update = await RunningUpdate.start(stack, repositoryRoot);
    await until(() => held(first).join() === String(udpSeconds));
    update.signal(signal);
    const code = await update.ended;
    return { code, shown: update.shown };
  };

  test("by Ctrl-C gives the canary what it had, and nobody else was contacted", async () => {
    const { code, shown } = await interrupted(70, "SIGINT");
    expect(code).not.toBe(0);
    expect(shown).toContain("cancelled in the soak time");
    expect(held(names)).toEqual(["60"]);
    expect(reached()).toEqual(first);
    expect(await pendingOf("fleet-canary")).toEqual(first);
    write(70);
    expect((await up()).code).toBe(0);
    expect(held(names)).toEqual(["70"]);
  }, 300_000);

  test("by the death of pulumi does the same, by the plugin that outlives it, and the next update goes on", async () => {
    await interrupted(80, "SIGKILL");
    await until(() => held(first).join() === "70");
    expect(held(names)).toEqual(["70"]);
    expect(reached()).toEqual(first);
    expect((await stack.pulumi("cancel", "--yes", "--stack", "test")).code).toBe(0);
    write(80);
    const { code, shown } = await up();
    expect([code, shown]).toEqual([0, shown]);
    expect(held(names)).toEqual(["80"]);
  }, 300_000);
});
