/**
 * Fifty hosts that run the real host script, each with a fault of its own or in an update that is interrupted, through
 * the real engine. After each fault every host is as before or as planned, byte for byte; after the next update state and
 * hosts agree. What came out is the table in docs/faults.md.
 */
import fs from "node:fs";
import { badHosts, brokenRestores, brokenWays, greeting, refusing, type HostFault } from "./fifty/faults";
import { Fleet, names, repositoryRoot, type Finished, type Shape } from "./fifty/fleet";
import { RunningUpdate, until } from "./fifty/interrupted";
import type { Bytes, Fault } from "./fifty/real-host";
import { expectRow } from "./fifty/table";

const udpTimeout = "proc/sys/net/netfilter/nf_conntrack_udp_timeout";
/** This one never has a fault. */
const healthy = "h49";
const lanes = 8;

let fleet: Fleet;
/** Bytes of a host that nobody has tuned. */
let untouched: Readonly<Record<string, string>>;

beforeAll(async () => {
  fleet = await Fleet.start();
  untouched = fleet.host(healthy).withoutAudit();
});

/** Lets hosts go on that a test holds. */
let open = (): void => undefined;
afterEach(() => open());

afterAll(() => fleet.remove());

/** Gives hosts to faults, one to each, from the first host on. */
const assign = (list: readonly HostFault[]): ReadonlyMap<HostFault, readonly string[]> => {
  let next = 0;
  return new Map(list.map((each) => [each, each.faults.map(() => names[next++] ?? "")]));
};

const faultsByHost = (assigned: ReadonlyMap<HostFault, readonly string[]>): Record<string, Fault> =>
  Object.fromEntries(
    [...assigned].flatMap(([{ faults }, hosts]) => hosts.map((name, index) => [name, faults[index] ?? {}])),
  );

/** The last line about a host: `h1, h2: why. What to do.` */
const lineAbout = (shown: string, name: string): string =>
  shown
    .split("\n")
    .reverse()
    .find((line) => {
      const [, hosts] = /^\s+(?:\* |warning: )?(h\d+(?:, h\d+)*): /.exec(line) ?? [];
      return hosts?.split(", ").includes(name);
    }) ?? "";

const expectWords = (shown: string, assigned: ReadonlyMap<HostFault, readonly string[]>): void => {
  for (const [{ says }, hosts] of assigned) for (const name of hosts) expect(lineAbout(shown, name)).toMatch(says);
};

/** The update without any fault: it passes, and then state and hosts agree. */
const nextUpdate = async (planned: Bytes, shape?: Shape): Promise<readonly string[]> => {
  fleet.suffer();
  if (shape !== undefined) fleet.write(shape);
  const { code, shown } = await fleet.run("up");
  expect([code, shown]).toEqual([0, shown]);
  const written = fleet.reached("apply");
  expect(fleet.outcomeOf(names, new Map(), planned)).toEqual({ asBefore: 0, asPlanned: 50 });
  expect(await fleet.disagreements()).toEqual([]);
  return written;
};

/** One update in which each of some hosts has a fault of its own, and the next one without. */
const sufferUpdate = async (list: readonly HostFault[], shape: Shape, more: Record<string, Fault> = {}) => {
  const before = fleet.bytes();
  const assigned = assign(list);
  const otherHostKeys = [...assigned].flatMap(([{ otherHostKey }, hosts]) => (otherHostKey === true ? hosts : []));
  // All are begun at once, so that none is left out after the first has failed.
  fleet.write({ ...shape, rollout: { lanes: names.length }, otherHostKeys });
  fleet.suffer({ ...faultsByHost(assigned), ...more });
  const { code, shown } = await fleet.run("up");
  expectWords(shown, assigned);
  const failed = [...assigned.values()].flat();
  expect(shown).toContain(
    `Correct the cause; the next \`pulumi up\` does exactly what is left: ${failed.length} hosts`,
  );
  expect(fleet.host(healthy).read(udpTimeout)).toBe(String(shape.udpSeconds));
  const planned = fleet.host(healthy).bytes();
  const outcomes = new Map([...assigned].map(([each, hosts]) => [each, fleet.outcomeOf(hosts, before, planned)]));
  const others = names.filter((name) => !failed.includes(name));
  expect(fleet.outcomeOf(others, before, planned)).toEqual({ asBefore: 0, asPlanned: others.length });
  const written = await nextUpdate(planned, shape);
  expect([...written].sort()).toEqual([...failed].sort());
  for (const [each, hosts] of assigned) {
    const next = hosts.filter((name) => written.includes(name)).length;
    expectRow({ name: each.name, ...(outcomes.get(each) ?? { asBefore: 0, asPlanned: 0 }), code, next });
  }
};

test("a way that breaks at any step leaves the host as before or as planned, and is named with what comes next", async () => {
  await sufferUpdate(brokenWays, { udpSeconds: 45 });
}, 300_000);

test("a bad login, a bad disk and a forged answer do the same, and an answer that does not fit is none", async () => {
  await sufferUpdate(badHosts(45), { udpSeconds: 50 }, { h40: greeting });
}, 300_000);

test("of fifty hosts five or one may fail, or none", async () => {
  const before = fleet.bytes();
  const five = names.slice(0, 5);
  const shape = { udpSeconds: 55, observe: false };
  const upWith = async (maximumFailures: number, failing: readonly string[]) => {
    fleet.write({ ...shape, rollout: { lanes: 64, maximumFailures } });
    fleet.suffer(Object.fromEntries(failing.map((name) => [name, refusing])));
    const finished = await fleet.run("up");
    for (const name of failing) expect(lineAbout(finished.shown, name)).toMatch(/is held by .*: wait/);
    const next =
      maximumFailures === 0 ? "the next `pulumi up` does exactly what is left" : "The next update tries again";
    expect(finished.shown).toContain(`${next}: ${failing.join(", ")}`);
    return { code: finished.code, outcome: fleet.outcomeOf(names, before, fleet.host(healthy).bytes()) };
  };
  const allowed5 = await upWith(5, five);
  const forbidden5 = await upWith(0, five);
  expect([...fleet.reached("apply")]).toEqual(five);
  const forbidden1 = await upWith(0, ["h3"]);
  expect([...fleet.reached("apply")]).toEqual(five);
  const allowed1 = await upWith(5, ["h3"]);
  expect(await fleet.stack.outputs()).toEqual({ pending: ["h3"], count: 50 });
  const written = await nextUpdate(fleet.host(healthy).bytes(), shape);
  expect(written).toEqual(["h3"]);
  const rows: readonly (readonly [name: string, ended: typeof allowed5, next: number])[] = [
    ["5 of 50 fail, maximumFailures 5", allowed5, 5],
    ["5 of 50 fail, maximumFailures 0", forbidden5, 5],
    ["1 of 50 fails, maximumFailures 0", forbidden1, 1],
    ["1 of 50 fails, maximumFailures 5", allowed1, 1],
  ];
  for (const [name, { code, outcome }, next] of rows) expectRow({ name, ...outcome, code, next });
}, 300_000);

/** Begins an update and holds the first eight hosts in it. */
const startUpdate = async (shape: Shape) => {
  const gate = new Promise<void>((resolve) => (open = resolve));
  for (const host of fleet.hosts.values()) host.waitFor(gate);
  fleet.write({ ...shape, observe: false, rollout: { lanes } });
  fleet.forgetRuns();
  const update = await RunningUpdate.start(fleet.stack, repositoryRoot);
  await until(() => fleet.reached("apply").length === lanes);
  return { update, plugin: update.plugin };
};

/** What of hosts that were to change is as before and as planned, after an interruption. */
const interrupted = (hosts: readonly string[], before: ReadonlyMap<string, Bytes>) => {
  const [first = ""] = fleet.reached("apply");
  return fleet.outcomeOf(hosts, before, fleet.host(first).bytes());
};

test("a second update waits for no lock; one that is cancelled begins no further host, and the next one does the rest", async () => {
  const before = fleet.bytes();
  const { update } = await startUpdate({ udpSeconds: 60 });
  const second = await fleet.stack.up();
  expect(second.stdout + second.stderr).toMatch(/currently locked by 1 lock.*`pulumi cancel`/s);
  expect(fleet.reached("apply")).toHaveLength(lanes);
  update.signal("SIGINT");
  await until(() => /cancel/i.test(update.shown));
  open();
  const code = await update.ended;
  await fleet.quiet();
  expect(update.shown).toMatch(/cancelled: 42 hosts of this wave not begun/);
  expect(update.shown).toContain("the next `pulumi up` does exactly what is left: 42 hosts");
  const outcome = interrupted(names, before);
  const begun = fleet.reached("apply");
  expect((await fleet.wave())?.outputs.pending).toEqual(names.filter((name) => !begun.includes(name)).sort());

  // Servers that refuse bursts: the first two connections to each host are closed at once.
  fleet.write({ udpSeconds: 60, observe: false, repeats: true });
  fleet.suffer(Object.fromEntries(names.map((name) => [name, { server: { dropConnections: 2 } }])));
  const next = await fleet.run("up");
  const rest = fleet.reached("apply");
  const planned = fleet.host(healthy).bytes();
  const refused = fleet.outcomeOf([...rest], before, planned);
  expect(rest).toHaveLength(42);
  expect(await nextUpdate(planned)).toEqual([]);
  expectRow({ name: "two `up` at once: the second one", asBefore: 50, asPlanned: 0, code: second.code, next: 50 });
  expectRow({ name: "Ctrl-C once", ...outcome, code, next: 42 });
  expectRow({ name: "servers that refuse bursts", ...refused, code: next.code, next: 0 });
}, 300_000);

const sixteen = names.slice(0, 16);

const interruptions: readonly (readonly [
  name: string,
  udpSeconds: number,
  interrupt: (update: RunningUpdate) => Promise<void>,
  says: RegExp,
])[] = [
  [
    "Ctrl-C twice, 16 of 50 change",
    65,
    async (update) => {
      update.signal("SIGINT");
      await until(() => /cancel/i.test(update.shown));
      update.signal("SIGINT");
    },
    /terminating/,
  ],
  [
    "`kill -9` of pulumi, 16 of 50 change",
    70,
    (update) => {
      update.signal("SIGKILL");
      return Promise.resolve();
    },
    /updating/,
  ],
  [
    "`kill -9` of the plugin, 16 of 50 change",
    75,
    (update) => {
      process.kill(update.plugin, "SIGKILL");
      return Promise.resolve();
    },
    /pulumi-resource-conntrack exited prematurely/,
  ],
];

test.each(interruptions)(
  "%s: hosts under way end, no further one is begun, no plugin stays, and the next update does all",
  async (name, udpSeconds, interrupt, says) => {
    const before = fleet.bytes();
    const shape: Shape = { udpSeconds: 60, except: { hosts: sixteen, udpSeconds }, observe: false };
    const { update, plugin } = await startUpdate(shape);
    await interrupt(update);
    const code = await update.ended;
    open();
    await until(() => !fs.existsSync(`/proc/${plugin}`));
    await fleet.quiet();
    expect(update.shown).toMatch(says);
    const outcome = interrupted(sixteen, before);
    expect(fleet.reached("apply")).toHaveLength(lanes);
    if (code === null) {
      const locked = await fleet.run("up");
      expect([locked.code === 0, locked.shown]).toEqual([false, expect.stringContaining("`pulumi cancel`")]);
      expect((await fleet.stack.pulumi("cancel", "--yes", "--stack", "test")).code).toBe(0);
    }
    const next = await fleet.run("up");
    expect(next.code).toBe(0);
    expect([...fleet.reached("apply")].sort()).toEqual([...sixteen].sort());
    expect(fleet.host("h0").read(udpTimeout)).toBe(String(udpSeconds));
    expect(await fleet.disagreements()).toEqual([]);
    expectRow({ name, ...outcome, code, next: sixteen.length });
  },
  300_000,
);

test("another stack with the same hosts is refused by each of them, in one line, and changes nothing", async () => {
  const before = fleet.bytes();
  const other = await Fleet.stackOf("other");
  fleet.write({ udpSeconds: 99, observe: false, rollout: { lanes: 64 } }, other);
  const { code, stdout, stderr } = await other.up();
  await fleet.quiet();
  expect(lineAbout(stdout + stderr, healthy)).toMatch(
    /journal: the host belongs to pulumi-conntrack\/test\/\.\.\.\/fleet-1: destroy that first$/,
  );
  expectRow({ name: "an `up` of another stack", ...fleet.outcomeOf(names, before, ""), code, next: 50 });
  other.remove();
}, 300_000);

test("destroy under faults puts back what it can and keeps the state; the next one leaves nothing but the audit trail", async () => {
  const before = fleet.bytes();
  const assigned = assign(brokenRestores);
  fleet.suffer(faultsByHost(assigned));
  const { code, shown }: Finished = await fleet.run("destroy");
  expectWords(shown, assigned);
  expect(shown).toContain("bring it back and run destroy again");
  const bare = fleet.host(healthy).bytes();
  const outcomes = [...assigned].map(([{ name }, hosts]) => [name, fleet.outcomeOf(hosts, before, bare)] as const);
  expect(Object.keys((await fleet.wave())?.records ?? {})).toHaveLength(50);

  fleet.suffer();
  const last = await fleet.run("destroy");
  expect([last.code, last.shown]).toEqual([0, last.shown]);
  for (const { name } of fleet.hosts.values())
    expect([name, fleet.host(name).withoutAudit()]).toEqual([name, untouched]);
  expect((await fleet.stack.exportState()).deployment.resources ?? []).toEqual([]);
  for (const [name, outcome] of outcomes) expectRow({ name, ...outcome, code, next: outcome.asBefore });
}, 300_000);
