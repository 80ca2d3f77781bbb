/** The hosts of a fleet are judged as single ones are. */
import { rules } from "../../../policies/catalogue";
import { waveHosts } from "../../../policies/subjects/wave-hosts";
import { rolloutType } from "../../../src/fleet/component-type";
import { shareProfiles } from "../../../src/fleet/profiles";
import { plannedRecord } from "../../support/fleet-records";
import { judgeResources } from "../../support/policies";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFvF7Zr0Nq8k6Dn5r5cJm3yZ0m2w1c9m4Xh0f6s0a1b2";
const established = (seconds: number) => ({
  settings: { timeouts: { nf_conntrack_tcp_timeout_established: seconds } },
});

const wave = (hosts: Readonly<Record<string, object>>, login: object = { user: "tuner", sudo: true }) => ({
  type: rolloutType,
  name: "edge-1",
  props: {
    ...shareProfiles(
      Object.fromEntries(
        Object.entries(hosts).map(([name, request]) => [
          name,
          plannedRecord(request, { connection: "tuner", hostKey }),
        ]),
      ),
    ),
    connections: { tuner: login },
  },
});

test("a wave shows what a single host's component shows", () => {
  const [host] = waveHosts(wave({ web1: {} }).props);
  expect(host?.name).toBe("web1");
  expect(host?.inputs).toMatchObject({
    connection: { user: "tuner", sudo: true, host: "192.0.2.1", hostKey },
    facts: { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" },
    settings: { max: 262144, buckets: 262144 },
    verdict: { outcome: "notJudged" },
  });
  // 262144 entries of 320 bytes and as many buckets of 8 bytes, of 8192 MiB: the plan of a single host says so too.
  expect(host?.inputs.memory?.tableBytes).toBe(262144 * 8);
});

test("a host of a wave that breaks a rule is named with its breach, and those that do not are not", async () => {
  const [said = []] = await judgeResources("limit-established-timeout", [
    wave({ web1: {}, web2: established(432000), web3: established(432000) }),
  ]);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^web2, web3: settings\.timeouts\.nf_conntrack_tcp_timeout_established is 432000/);
});

test("hosts within the rules pass every policy about a verdict, a host key and inputs", async () => {
  for (const rule of ["require-verdict", "pin-host-key", "require-inputs", "limit-memory-share", "bound-max"]) {
    const configured = rule === "require-verdict" ? { acceptNotJudged: true } : {};
    expect(await judgeResources(rule, [wave({ web1: {}, web2: {} })], {}, configured)).toEqual([[]]);
  }
});

test("a login by password is found in the connection that hosts share", async () => {
  const [said = []] = await judgeResources("forbid-password", [wave({ web1: {} }, { password: "swordfish" })]);
  expect(said.join()).toMatch(/^web1: connection\.password is given/);
  expect(said.join()).not.toContain("swordfish");
});

test("hosts of one role that differ are found within a wave", async () => {
  const [said = []] = await judgeResources("agree-within-role", [
    wave({ web1: established(7500), web2: established(9000) }),
  ]);
  expect(said.join()).toContain("web2: ");
});

test("of a host that was never read the connection is judged, and nothing else", async () => {
  const login = { password: "swordfish", insecureIgnoreHostKey: true };
  const unread = {
    ...wave({}, login),
    props: {
      ...shareProfiles({ web1: { host: "192.0.2.1", connection: "tuner", unread: "connection refused" } }),
      connections: { tuner: login },
    },
  };
  for (const rule of ["forbid-password", "pin-host-key"])
    expect((await judgeResources(rule, [unread])).flat().join()).toMatch(/^web1: connection/);
  for (const { name, subject } of rules)
    if (
      subject === "host" &&
      !["forbid-password", "pin-host-key", "forbid-root-login", "encrypt-secrets"].includes(name)
    )
      expect(await judgeResources(name, [unread])).toEqual([[]]);
});
