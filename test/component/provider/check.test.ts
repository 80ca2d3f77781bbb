import { checkRollout } from "../../../src/component/provider/check";
import { createClaims } from "../../../src/fleet/wave/claims";
import { recordsOf, waveInputs } from "../../../src/fleet/wave/wave-inputs";
import { revealed } from "../../../src/component/provider/properties";
import { shareProfiles } from "../../../src/fleet/profiles";
import { plannedRecord, udpTimeout } from "../../support/fleet-records";
import { hasSecretMark } from "../../support/mock-engine";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFvF7Zr0Nq8k6Dn5r5cJm3yZ0m2w1c9m4Xh0f6s0a1b2";
const host = (request: object = {}, address = "192.0.2.1") =>
  plannedRecord(request, { connection: "root", hostKey, host: address });

const inputs = (hosts: Parameters<typeof shareProfiles>[0], more: object = {}) => ({
  owner: "shop/prod",
  wave: "1",
  lanes: 64,
  maximumFailures: 0,
  observe: true,
  connections: { root: { password: "swordfish" } },
  ...shareProfiles(hosts),
  ...more,
});

const hostsAfter = (old: object, news: object) => {
  const { inputs: kept, failures } = checkRollout({ ...old }, { ...news }, true);
  expect(failures).toEqual([]);
  const read = waveInputs(revealed(kept));
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return { kept, records: recordsOf(read.value) };
};

test("secrets of connections are marked, whether or not the program did", () => {
  const { kept } = hostsAfter({}, inputs({ web1: host() }));
  const { root } = kept.connections as { readonly root: { readonly password: unknown } };
  expect(hasSecretMark(root.password)).toBe(true);
});

test("a host that went over to another wave is moved, and one that left is not", () => {
  const old = inputs({ web1: host(), web2: host({}, "192.0.2.2"), web3: host({}, "192.0.2.3") });
  const { kept } = hostsAfter(old, inputs({ web1: host() }, { elsewhere: ["web2"] }));
  expect(kept.moved).toEqual(["web2"]);
  expect(kept.elsewhere).toBeUndefined();
});

test("with `only`, other hosts stay as the state has them: changed, removed or new", () => {
  const old = inputs({ web1: host(), web2: host({}, "192.0.2.2"), gone: host({}, "192.0.2.3") });
  const news = inputs(
    { web1: host(udpTimeout(31)), web2: host(udpTimeout(31), "192.0.2.2"), fresh: host({}, "192.0.2.4") },
    { only: ["web1"] },
  );
  const { records } = hostsAfter(old, news);
  expect(Object.keys(records).sort()).toEqual(["gone", "web1", "web2"]);
  expect(records.web1?.nf_conntrack_udp_timeout).toBe(31);
  expect(records.web2?.nf_conntrack_udp_timeout).toBeUndefined();
});

test("an engine that does not read before it updates is refused where hosts shall be observed", () => {
  const failures = (observe: boolean) => checkRollout({}, inputs({ web1: host() }, { observe }), false).failures;
  expect(failures(true).map(({ property }) => property)).toEqual(["observe"]);
  expect(failures(false)).toEqual([]);
});

test("a host without a host key is refused by its name, and no secret is shown", () => {
  const { failures } = checkRollout(
    {},
    inputs({ web1: plannedRecord({}, { connection: "root", hostKey: undefined }) }),
    true,
  );
  expect(failures).toHaveLength(1);
  expect(failures[0]?.reason).toMatch(/hosts\["web1"\]\.hostKey: is missing/);
  expect(JSON.stringify(failures)).not.toContain("swordfish");
});

test("with `only`, a host that stays as it is keeps its own login, whatever the program names so now", () => {
  const old = {
    ...inputs({ web1: host(), web2: { ...host({}, "192.0.2.2"), connection: "root-2" } }),
    connections: { root: { password: "open sesame" }, "root-2": { password: "swordfish" } },
  };
  const news = {
    ...inputs({ web2: host({}, "192.0.2.2") }, { only: ["web2"] }),
    connections: { root: { password: "swordfish" } },
  };
  const { kept, records } = hostsAfter(old, news);
  const logins = revealed(kept.connections) as Readonly<Record<string, object>>;
  expect(logins[String(records.web1?.connection)]).toEqual({ password: "open sesame" });
  expect(logins[String(records.web2?.connection)]).toEqual({ password: "swordfish" });
});

test("a name in `only` that is no host is told", () => {
  const { warnings } = checkRollout({}, inputs({ web1: host() }, { only: ["wbe1"] }), true);
  expect(warnings).toContain('rollout.only names "wbe1", which is no host here: correct the name');
});

test("a machine in two fleets of a program is refused in the second, and in two waves of one it is no matter", () => {
  const claim = createClaims();
  const problems = (wave: string, records: Parameters<typeof shareProfiles>[0]) =>
    checkRollout({}, inputs(records, { wave }), true, claim).failures;
  expect(problems("edge-1", { web1: host() })).toEqual([]);
  expect(problems("edge-2", { web1: host() })).toEqual([]);
  const [failure, ...more] = problems("core-1", { gate: host(), web2: host({}, "192.0.2.2") });
  expect(more).toEqual([]);
  expect(failure?.property).toBe("hosts.gate.connection.host");
  expect(failure?.reason).toContain("is the address of web1 in the fleet edge too");
});

test("with `only`, a login that was named anew before is not taken for another one that is", () => {
  const old = {
    ...inputs({ web1: host(), web2: { ...host({}, "192.0.2.2"), connection: "root (1)" } }),
    connections: { root: { password: "one" }, "root (1)": { password: "two" } },
  };
  const news = {
    ...inputs({ web3: host({}, "192.0.2.3") }, { only: ["web3"] }),
    connections: { root: { password: "three" } },
  };
  const { kept, records } = hostsAfter(old, news);
  const logins = revealed(kept.connections) as Readonly<Record<string, object>>;
  const passwords = ["web1", "web2", "web3"].map((name) => logins[String(records[name]?.connection)]);
  expect(passwords).toEqual([{ password: "one" }, { password: "two" }, { password: "three" }]);
});
