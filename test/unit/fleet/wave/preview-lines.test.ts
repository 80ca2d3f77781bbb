import { diffRollout } from "../../../../src/component/provider/diff";
import { describeCreation, describeUpdate } from "../../../../src/fleet/wave/preview-lines";
import type { WaveInputs } from "../../../../src/fleet/wave/wave-inputs";
import { emptyState, type WaveState } from "../../../../src/fleet/wave/wave-state";
import type { HostRecord } from "../../../../src/fleet/host-record";
import { shareProfiles } from "../../../../src/fleet/profiles";
import { facts, plannedRecord, udpTimeout } from "../../../support/fleet-records";

const host = (request: object = {}, address = "192.0.2.1"): HostRecord =>
  plannedRecord(request, { connection: "root", host: address });

const wave = (hosts: Readonly<Record<string, HostRecord>>, more: Partial<WaveInputs> = {}): WaveInputs => ({
  owner: "shop/prod",
  wave: "1",
  lanes: 64,
  maximumFailures: 0,
  observe: true,
  connections: { root: {} },
  ...shareProfiles(hosts),
  ...more,
});

const hosts = (count: number, request: object = {}) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`web${index}`, host(request, `192.0.2.${index}`)]));

const state = (more: Partial<WaveState> = {}): WaveState => ({ ...emptyState, ...more });

/** The first line of each message: the paragraphs below are those of change-lines.test.ts. */
const update = (old: WaveInputs, news: WaveInputs, of: WaveState = emptyState) =>
  describeUpdate(old, news, of).map((message) => message.split("\n")[0]);

test("a wave that is about to be made is counted in the last line", () => {
  const lines = describeCreation(wave(hosts(3)));
  expect(lines[0]).toMatch(/^web0, web1, web2: new\n {2}max 262144\n/);
  expect(lines.at(-1)).toBe("3 new");
});

test("a wave without a change says nothing: pulumi itself says unchanged", () => {
  expect(update(wave(hosts(3)), wave(hosts(3)))).toEqual([]);
});

test("the last line counts what changes, comes, leaves and stays", () => {
  const { web8: _leaves, ...stay } = hosts(10);
  const after = { ...stay, ...hosts(2, udpTimeout(31)), fresh: host({}, "192.0.2.99") };
  expect(update(wave(hosts(10)), wave(after))).toEqual([
    "web0, web1: nf_conntrack_udp_timeout 30 (kernel's default) -> 31",
    "fresh: new",
    "web8: leaves, and its old values are put back",
    "2 changed, 1 new, 1 leaves, 7 unchanged",
  ]);
});

test("a decommissioned host is not contacted, and one of another wave is not put back", () => {
  const { web0: _gone, web1: _moved, ...after } = hosts(3);
  expect(update(wave(hosts(3)), wave(after, { decommissioned: ["web0"], moved: ["web1"] }))).toEqual([
    "web1: goes over to another wave",
    "web0: leaves as decommissioned, and is not contacted",
    "2 leave, 1 unchanged",
  ]);
});

test("hosts that an earlier update left undone are named, those that were to leave too", () => {
  const leftover = { old: { record: host({}, "192.0.2.50"), login: {} } };
  expect(update(wave(hosts(3)), wave(hosts(3)), state({ pending: ["web2"], leftover }))).toEqual([
    "web2: left undone by an earlier update",
    "old: left before, and its old values are still to be put back",
    "2 to be done again, 2 unchanged",
  ]);
});

test("a host that left before and is decommissioned then is forgotten, which is a change though nobody is contacted", () => {
  const leftover = { old: { record: host({}, "192.0.2.50"), login: {} } };
  const news = wave(hosts(3), { decommissioned: ["old"] });
  const before = state({ pending: ["old"], leftover });
  expect(update(wave(hosts(3)), news, before)).toEqual([
    "old: left before, and is forgotten as decommissioned",
    "3 unchanged",
  ]);
  expect(diffRollout(wave(hosts(3)), news, before).changed).toBe(true);
});

test("a changed host whose module is not loaded is named, because its values only wait on disk", () => {
  const after = { ...hosts(3), web0: host(udpTimeout(31), "192.0.2.0") };
  expect(update(wave(hosts(3)), wave(after), state({ inactive: ["web0", "web1"] }))).toContain(
    "web0: the module is not loaded, so the values wait on disk",
  );
});

test("a wave that gets another name is told to every host", () => {
  expect(update(wave(hosts(2)), wave(hosts(2), { owner: "shop/live" }))).toEqual([
    "web0, web1: will be known as shop/live, wave 1",
    "2 to be done again",
  ]);
});

describe("the paths of pulumi preview --diff", () => {
  const paths = (old: WaveInputs, news: WaveInputs) =>
    [...diffRollout(old, news, emptyState).details].map(([path, { kind }]) => `${kind} ${path}`);

  test("a change of one host stands at the host, a change of all at their profile", () => {
    const one = { ...hosts(3), web1: host(udpTimeout(31), "192.0.2.1") };
    expect(paths(wave(hosts(3, udpTimeout(30))), wave({ ...hosts(3, udpTimeout(30)), web1: one.web1 }))).toEqual([
      "add hosts.web1.nf_conntrack_udp_timeout",
    ]);
    expect(paths(wave(hosts(3, udpTimeout(30))), wave(hosts(3, udpTimeout(31))))).toEqual([
      "update profiles.host-8GiB.nf_conntrack_udp_timeout",
    ]);
  });

  test("another kernel stands at the kernel, and a changed file at what was found", () => {
    const kernel = "4.4.0-210-generic";
    const paths44 = paths(wave({ web1: host() }), wave({ web1: host({ facts: { ...facts, kernel } }) }));
    expect(paths44).toContain("update profiles.host-8GiB.kernel");
    const found = { ...host(), changedFiles: ["/etc/sysctl.d/zz-pulumi-conntrack.conf"] };
    const old = wave({ web0: host({}, "192.0.2.7"), web2: host({}, "192.0.2.8"), web1: found });
    const news = wave({ web0: host({}, "192.0.2.7"), web2: host({}, "192.0.2.8"), web1: host() });
    expect(paths(old, news)).toEqual([expect.stringMatching(/^(delete|update) hosts\.web1/)]);
  });

  test("hosts that come and go stand by their names", () => {
    const { web0: _left, ...stay } = hosts(2);
    const after = { ...stay, fresh: host({}, "192.0.2.99") };
    expect(paths(wave(hosts(2)), wave(after)).sort()).toEqual(["add hosts.fresh", "delete hosts.web0"]);
  });
});

test("with allowShrink a max that was found above the plan is what changes, and is said", () => {
  const found = { ...host(), liveMax: 500_000 };
  const [line] = describeUpdate(wave({ web1: found }), wave({ web1: host({ allowShrink: true }) }), emptyState);
  expect(line).toContain("web1: max 500000 -> 262144");
  expect(describeUpdate(wave({ web1: found }), wave({ web1: host() }), emptyState)).toEqual([]);
});

test("a host that was never read leaves without a contact", () => {
  const unread = { host: "192.0.2.9", connection: "root", unread: "connection refused" };
  const lines = update(wave({ web1: host(), dead: unread }), wave({ web1: host() }));
  expect(lines[0]).toBe("dead: leaves; it was never read, and is not contacted");
});

test("what an update that failed left in the state is cleared by the next one, though no host is left to do", () => {
  const stale = state({ pending: ["gone"] });
  expect(diffRollout(wave({ web1: host() }), wave({ web1: host() }), stale).changed).toBe(true);
  expect(diffRollout(wave({ web1: host() }), wave({ web1: host() }), emptyState).changed).toBe(false);
});
