import { describeChanges } from "../../../src/fleet/change-lines";
import { changedHosts, type LiveByHost } from "../../../src/fleet/host-changes";
import type { HostRecord } from "../../../src/fleet/host-record";
import { facts, plannedRecord as record, plannedRecords, udpTimeout as udp } from "../../support/fleet-records";

type Records = Readonly<Record<string, HostRecord>>;

const describe = (before: Records, after: Records, live?: LiveByHost): readonly string[] =>
  describeChanges(changedHosts(before, after, live));

const sysctlFile = "/etc/sysctl.d/zz-pulumi-conntrack.conf";
const onKernel = (kernel: string, request: object = {}) => record({ facts: { ...facts, kernel }, ...request });

test("a changed timeout is named with its value before and after, and with the file in which it persists", () => {
  expect(describe({ h100: record(udp(30)) }, { h100: record(udp(31)) })).toEqual([
    `h100: nf_conntrack_udp_timeout 30 -> 31\n  in ${sysctlFile}`,
  ]);
});

test("hosts with the same changes are named once for all of them, and many are counted", () => {
  const hosts = (request: object) =>
    Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`h${index}`, record(request)]));
  const changed = hosts({ settings: { max: 524288, timeouts: { nf_conntrack_udp_timeout: 31 } } });
  expect(describe(hosts(udp(30)), changed)).toEqual([
    [
      "7 hosts (h0, h1, h2, h3, h4, ...):",
      "  max 262144 -> 524288",
      "  nf_conntrack_udp_timeout 30 -> 31",
      `    in ${sysctlFile}`,
      "  buckets 262144 -> 524288",
      `    in ${sysctlFile}`,
      "    in /etc/modprobe.d/zz-pulumi-conntrack.conf (hashsize, unless built in)",
    ].join("\n"),
  ]);
});

test("hosts that differ in one of their changes are apart, and the larger group comes first", () => {
  const before = { web1: record(udp(30)), web2: record(udp(30)), nat1: record(udp(29)) };
  const lines = describe(before, { nat1: record(udp(31)), web1: record(udp(31)), web2: record(udp(31)) });
  expect(lines.map((line) => line.split("\n")[0])).toEqual([
    "web1, web2: nf_conntrack_udp_timeout 30 -> 31",
    "nat1: nf_conntrack_udp_timeout 29 -> 31",
  ]);
});

// net/netfilter/nf_conntrack_proto_udp.c of Linux 6.1: UDP_CT_UNREPLIED 30 * HZ.
test("a timeout that no plan has set before has the kernel's default before", () => {
  const [line] = describe({ web1: record() }, { web1: record(udp(31)) });
  expect(line).toContain("web1: nf_conntrack_udp_timeout 30 (kernel's default) -> 31");
});

test("a timeout that no plan has set before has the live value before, where the host was read", () => {
  const live = { web1: { nf_conntrack_udp_timeout: 45 } };
  const [line] = describe({ web1: record() }, { web1: record(udp(31)) }, live);
  expect(line).toContain("web1: nf_conntrack_udp_timeout 45 -> 31");
});

test("a key that leaves the plan returns to what it was before the tuning", () => {
  const [line] = describe({ web1: record(udp(31)) }, { web1: record() });
  expect(line).toContain("web1: nf_conntrack_udp_timeout 31 -> its value before the tuning");
});

test("new hosts are told what is set and which files are written, once for each plan", () => {
  expect(describe({}, { ...plannedRecords(6), nat1: record({ settings: { max: 600000 } }) })[0]).toBe(
    [
      "6 hosts (h0, h1, h2, h3, h4, ...): new",
      "  max 262144",
      "  nf_conntrack_tcp_timeout_established 86400",
      `    in ${sysctlFile}`,
      "  buckets 262144",
      `    in ${sysctlFile}`,
      "    in /etc/modprobe.d/zz-pulumi-conntrack.conf (hashsize, unless built in)",
      "  and writes",
      "    /etc/udev/rules.d/zz-pulumi-conntrack.rules (unless built in)",
      "    /etc/modules-load.d/zz-pulumi-conntrack.conf (if rules use it)",
    ].join("\n"),
  );
});

test("a new host that was read shows its values before", () => {
  const live = { web1: { max: 65536, buckets: 262144 } };
  const [line] = describe({}, { web1: record() }, live);
  expect(line).toContain("web1: new\n  max 65536 -> 262144\n");
  expect(line).toContain("\n  buckets 262144 (as it is)\n");
});

test("the files are those of the host's kernel: before 4.7 buckets persist as a parameter of the module alone", () => {
  const kernel = "4.4.0-210-generic";
  const [line] = describe({ web1: onKernel(kernel) }, { web1: onKernel(kernel, { settings: { max: 524288 } }) });
  expect(line?.split("\n").map((each) => each.replace(/\d+ -> \d+/, "A -> B"))).toEqual([
    "web1:",
    "  max A -> B",
    `    in ${sysctlFile} (where built in)`,
    "    in /etc/modprobe.d/zz-pulumi-conntrack.conf (unless built in)",
    "  buckets A -> B",
    "    in /etc/modprobe.d/zz-pulumi-conntrack.conf (hashsize, unless built in)",
  ]);
});

test("another login, and a newer kernel of the same era, are no change", () => {
  const before = { web1: record() };
  const kernel = "6.1.0-51-cloud-amd64";
  expect(changedHosts(before, { web1: record({ facts: { ...facts, kernel } }, { connection: "ssh-2" }) })).toEqual([]);
});

test("another address, port or host key is a change, because it may be another machine", () => {
  const before = { web1: record() };
  expect(describe(before, { web1: record({}, { host: "192.0.2.9", port: 2222 }) })).toEqual([
    "web1: address 192.0.2.1:22 -> 192.0.2.9:2222",
  ]);
});

// Made and shown with OpenSSH 9.2: ssh-keygen -t ed25519, ssh-keygen -lf.
test("host keys are shown by the fingerprints that ssh shows", () => {
  const before = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIiCHF/fwBFwJ8gyPc5Y3yNZnb3Qx7bjo0SoNKrxn9mp";
  const after = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG4Jf8EoGqnm7/zT0a/2zhcaDB/h8TLzO5Zoda+Np78w";
  expect(describe({ web1: record({}, { hostKey: before }) }, { web1: record({}, { hostKey: after }) })).toEqual([
    [
      "web1:",
      "  hostKey SHA256:qK+pgk/P0NhhV/8MJwj2OrOw7lMoezUWMGqBAeFYPIk",
      "      -> SHA256:oButcvhVCSFR4JzGlhS9sF7FH9o/8rkQHYlw5VrQwMs",
    ].join("\n"),
  ]);
});

test("a kernel of another era is a change of what is written, and names each file", () => {
  const [line] = describe({ web1: record() }, { web1: onKernel("4.4.0-210-generic") });
  expect(line).toContain("\n  kernel 6.1.0-50-cloud-amd64 -> 4.4.0-210-generic\n");
  expect(line).toContain("\n  /etc/udev/rules.d/zz-pulumi-conntrack.rules there -> removed\n");
});

test("a module that is to be loaded from now on is a change, with the file that loads it", () => {
  expect(describe({ web1: record() }, { web1: record({ loadModule: true }) })).toEqual([
    "web1: loadModule false -> true\n  in /etc/modules-load.d/zz-pulumi-conntrack.conf (unless built in)",
  ]);
});

test("what was found on a host differs from the plan until it is put right", () => {
  const found = { ...record(), max: 999, changedFiles: [sysctlFile] };
  expect(describe({ web1: found }, { web1: record() })).toEqual([
    `web1:\n  max 999 -> 262144\n    in ${sysctlFile}\n  ${sysctlFile} changed on the host -> as planned`,
  ]);
});

test("a thousand hosts with a thousand different changes are twenty paragraphs and a count", () => {
  const hosts = (first: number) =>
    Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`h${index}`, record(udp(first + index))]));
  const lines = describe(hosts(10), hosts(1010));
  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toBe("and 980 more hosts with other changes: see pulumi preview --diff");
});

test("no line is wider than a terminal of 80 columns less pulumi's indent of 4", () => {
  const name = (index: number) => `edge-router-${index}.frankfurt.example.net`;
  const longest = { nf_conntrack_tcp_timeout_max_retrans: 301, nf_conntrack_tcp_timeout_unacknowledged: 302 };
  const all = { ...longest, nf_conntrack_icmpv6_timeout: 31 };
  const hosts = (request: object, kernel: string) =>
    Object.fromEntries(Array.from({ length: 7 }, (_, index) => [name(index), onKernel(kernel, request)]));
  for (const kernel of ["6.1.0-50-cloud-amd64", "4.4.0-210-generic"])
    for (const lines of [
      describe(hosts({}, kernel), hosts({ settings: { timeouts: all } }, kernel)),
      describe(hosts({ settings: { timeouts: all } }, kernel), hosts({}, kernel)),
      describe({}, hosts({ role: "nat" }, kernel)),
    ])
      for (const line of lines.flatMap((each) => each.split("\n"))) expect(line.length).toBeLessThanOrEqual(76);
});
