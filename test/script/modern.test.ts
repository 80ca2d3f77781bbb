import { applyCommand, restoreCommand, type ApplyRequest } from "../../src/delivery/script/command-line";
import { parseFailure } from "../../src/delivery/answer/parse";
import { hostScript } from "../../src/delivery/script/script";
import { grown, grownEnterprise7, grownLegacy } from "../support/planned-requests";
import { answerOf as succeed } from "./script-run";
import { auditTrail, SimulatedHost, shells, type HostSpec } from "./simulated-host";
import {
  enterprise7Module,
  legacyModule,
  kernelTimeouts,
  modernBuiltin,
  modernModule,
  modernNotLoaded,
  rootProcess,
  statistics,
} from "./simulated-kernels";

const make = (spec: HostSpec, ...changes: readonly HostSpec["files"][]): SimulatedHost =>
  new SimulatedHost({ ...spec, files: Object.assign({}, spec.files, ...changes) as HostSpec["files"] });

/** The same host before anything has loaded its module. */
const notLoaded = ({ files }: HostSpec): HostSpec => ({
  files: Object.fromEntries(
    Object.entries(files).flatMap(([name, content]) => {
      if (name === "proc/modules") return [[name, "ext4 983040 1 - Live 0x0\n"]];
      return /^(proc\/sys\/net\/(netfilter|ipv4)|proc\/net|sys)\//.test(name) ? [] : [[name, content]];
    }),
  ),
});

/** The first line of each file that is ours alone. */
const heading = "# pulumi-conntrack, do not edit";

/** Changes what `grown` asks for. */
const asking = (change: Partial<ApplyRequest>): string => applyCommand({ ...grown, ...change });
const settings = (change: Partial<ApplyRequest["settings"]>): Partial<ApplyRequest> => ({
  settings: { ...grown.settings, ...change },
});
const restore = restoreCommand({ sudo: false, token: grown.token });

describe.each(shells)("in %s", (shell) => {
  const run = (host: SimulatedHost, command: string) => host.run(hostScript, command, { shell });
  const answerOf = (host: SimulatedHost, command: string) => succeed(host, command, { shell });
  /** Runs a command that must be refused and proves that it changed nothing. */
  const refusalOf = (host: SimulatedHost, command: string) => {
    const before = host.snapshot("");
    const { status, stdout, stderr } = run(host, command);
    expect(stdout).toBe("");
    expect(host.snapshot("")).toEqual(before);
    return { status, ...parseFailure(stderr) };
  };

  describe("a loaded module", () => {
    test("is set live, read back and persisted", () => {
      const host = make(modernModule);
      const answer = answerOf(host, asking({}));
      expect(answer).toMatchObject({
        command: "apply",
        status: "active",
        changed: true,
        presence: "module",
        kernel: "6.1.0-50-amd64",
        memTotalKiB: 8025292,
        entries: 10,
        settings: { max: 262144, buckets: 262144, ...grown.settings.timeouts },
        previous: {
          max: 65536,
          buckets: 65536,
          nf_conntrack_tcp_timeout_established: 432000,
          nf_conntrack_udp_timeout: 30,
        },
        loadedBy: ["module:nft_ct", "module:nf_nat"],
        competingWriters: [],
        warnings: [],
      });
      expect(host.live("max")).toBe(262144);
      expect(host.live("buckets")).toBe(262144);
      expect(host.live("nf_conntrack_tcp_timeout_established")).toBe(86400);
      expect(host.read("etc/sysctl.d/zz-pulumi-conntrack.conf")?.split("\n")).toEqual([
        heading,
        "net.netfilter.nf_conntrack_buckets=262144",
        "net.netfilter.nf_conntrack_max=262144",
        "net.netfilter.nf_conntrack_tcp_timeout_established=86400",
        "net.netfilter.nf_conntrack_udp_timeout=20",
        "",
      ]);
      expect(host.read("etc/modprobe.d/zz-pulumi-conntrack.conf")).toContain("options nf_conntrack hashsize=262144\n");
      expect(host.read("etc/modules-load.d/zz-pulumi-conntrack.conf")).toBe(`${heading}\nnf_conntrack\n`);
      expect(host.read("etc/udev/rules.d/zz-pulumi-conntrack.rules")).toContain(
        'ACTION=="add",SUBSYSTEM=="module",KERNEL=="nf_conntrack",RUN+=',
      );
    });

    test("is left alone by a second run", () => {
      const host = make(modernModule);
      answerOf(host, asking({}));
      const before = host.snapshot("");
      expect(answerOf(host, asking({}))).toMatchObject({ status: "active", changed: false, warnings: [] });
      expect(host.snapshot("")).toEqual(before);
    });

    test("gets its originals back, and nothing of ours stays but the audit trail", () => {
      const host = make(modernModule);
      const before = host.snapshot("");
      answerOf(host, asking({}));
      expect(answerOf(host, restore)).toMatchObject({ command: "restore", status: "restored", changed: true });
      expect(host.withoutAudit()).toEqual(before);
      expect(host.files("var/lib/pulumi-conntrack")).toEqual([auditTrail]);
    });

    test("returns a key that leaves the plan to its original", () => {
      const host = make(modernModule);
      answerOf(host, asking({}));
      answerOf(host, asking(settings({ timeouts: { nf_conntrack_udp_timeout: 20 } })));
      expect(host.live("nf_conntrack_tcp_timeout_established")).toBe(
        kernelTimeouts.nf_conntrack_tcp_timeout_established,
      );
      expect(host.read("etc/sysctl.d/zz-pulumi-conntrack.conf")).not.toContain("established");
    });

    test("keeps a value that someone changed since, with a warning", () => {
      const host = make(modernModule);
      answerOf(host, asking({}));
      host.write({ "proc/sys/net/netfilter/nf_conntrack_udp_timeout": 77 });
      const answer = answerOf(host, restore);
      expect(answer.warnings).toMatchObject([{ code: "changed-since", detail: "nf_conntrack_udp_timeout" }]);
      expect(host.live("nf_conntrack_udp_timeout")).toBe(77);
      expect(host.live("max")).toBe(65536);
    });

    test("is not restored by a foreign token, nor without a journal", () => {
      const host = make(modernModule);
      expect(answerOf(host, restore)).toMatchObject({ status: "untouched", warnings: [{ code: "token-missing" }] });
      answerOf(host, asking({}));
      const before = host.snapshot("");
      const foreign = answerOf(host, restoreCommand({ sudo: false, token: "project/stack/other" }));
      expect(foreign).toMatchObject({
        status: "untouched",
        changed: false,
        warnings: [{ code: "token-foreign", detail: grown.token }],
      });
      expect(host.snapshot("")).toEqual(before);
    });

    test("is not applied to under a foreign token", () => {
      const host = make(modernModule);
      answerOf(host, asking({}));
      expect(refusalOf(host, asking({ token: "project/stack/other" }))).toMatchObject({ status: 1, step: "journal" });
    });
  });

  test("a built-in table needs sysctl.d only", () => {
    const host = make(modernBuiltin);
    expect(answerOf(host, asking({}))).toMatchObject({ status: "active", presence: "builtin" });
    expect(host.files("etc")).toEqual(["etc/sysctl.d/zz-pulumi-conntrack.conf"]);
  });

  describe("a module that is not loaded", () => {
    test("is not loaded: its settings are written for its next load", () => {
      const host = make(modernNotLoaded);
      const answer = answerOf(host, asking({}));
      expect(answer).toMatchObject({
        status: "inactive",
        presence: "notLoaded",
        settings: {},
        warnings: [{ code: "not-loaded" }],
      });
      expect(host.read("proc/sys/net/netfilter/nf_conntrack_max")).toBeUndefined();
      expect(host.files("etc")).toEqual([
        "etc/modprobe.d/zz-pulumi-conntrack.conf",
        "etc/sysctl.d/zz-pulumi-conntrack.conf",
        "etc/udev/rules.d/zz-pulumi-conntrack.rules",
      ]);
    });

    test("is loaded and set where loadModule says so, now and at boot", () => {
      const host = make(modernNotLoaded);
      expect(answerOf(host, asking({ loadModule: true }))).toMatchObject({ status: "active", presence: "module" });
      expect(host.live("max")).toBe(262144);
      expect(host.read("etc/modules-load.d/zz-pulumi-conntrack.conf")).toBe(`${heading}\nnf_conntrack\n`);
    });
  });

  describe("nothing is written", () => {
    test("outside the initial network namespace", () => {
      const host = make(modernModule);
      host.delete("proc/sys/net/core/netdev_max_backlog");
      expect(refusalOf(host, asking({}))).toMatchObject({ status: 1, step: "look" });
    });

    test("where the live entries x 1.25 exceed the planned max, and both numbers and the way out are named", () => {
      const host = make(modernModule, { "proc/sys/net/netfilter/nf_conntrack_count": 60000 });
      const refusal = refusalOf(host, asking(settings({ max: 65536 })));
      expect(refusal).toMatchObject({ status: 1, step: "look" });
      expect(`${refusal.cause} ${refusal.remedy}`).toMatch(/60000.*65536.*allowShrink/);
    });

    test("where another network namespace holds that many entries", () => {
      const host = make(modernModule, {
        "proc/1/ns/net": "net:[1]",
        "proc/77/ns/net": "net:[2]",
        "proc/77/net/stat/nf_conntrack": statistics(60000),
        "proc/78/ns/net": "net:[2]",
      });
      expect(refusalOf(host, asking(settings({ max: 65536 })))).toMatchObject({ status: 1, step: "look" });
    });

    test("where the live max is greater than planned and nobody said that it may shrink", () => {
      const refusal = refusalOf(make(modernModule), asking(settings({ max: 32768 })));
      expect(`${refusal.cause} ${refusal.remedy}`).toMatch(/65536.*32768.*allowShrink/);
    });

    test("where the host has less than 90 % of the declared RAM", () => {
      expect(refusalOf(make(modernModule), asking({ memTotalKiB: 16777216 }))).toMatchObject({
        status: 1,
        step: "look",
      });
    });

    test("where the plan exceeds its share of the RAM that the host has", () => {
      expect(refusalOf(make(modernModule), asking({ memoryShare: 1 / 128 }))).toMatchObject({
        status: 1,
        step: "look",
      });
    });

    test("where the new table needs more than a quarter of the available memory", () => {
      const memory = { tableBytes: 7_400_000 * 1024, fullBytes: 102760448 };
      expect(refusalOf(make(modernModule), asking({ memory }))).toMatchObject({ status: 1, step: "look" });
    });

    test("where the kernel is of another era than declared", () => {
      const rules = { ...grown.rules, chainLimit: undefined };
      expect(refusalOf(make(modernModule), asking({ rules }))).toMatchObject({ status: 1, step: "look" });
    });

    // 2.6.22 to 4.4 kept the old names as aliases: nf_conntrack_l3proto_ipv4_compat.c.
    test.each([
      ["a 3.10 whose module has the old names too was declared as 2.6.18", enterprise7Module, grownLegacy],
      ["a 3.10 that has not loaded its module was declared as 2.6.18", notLoaded(enterprise7Module), grownLegacy],
      ["a 2.6.18 was declared as 3.10", legacyModule, grownEnterprise7],
      ["a 2.6.18 that has not loaded its module was declared as 3.10", notLoaded(legacyModule), grownEnterprise7],
      ["a 3.10 was declared as 6.1", enterprise7Module, grown],
      ["a 6.1 was declared as 3.10", modernModule, grownEnterprise7],
      ["a 6.1 that has not loaded its module was declared as 2.6.18", modernNotLoaded, grownLegacy],
    ])("where %s", (_, spec, request) => {
      // Small enough for either host, so that nothing but the kernel is wrong.
      const memory = { tableBytes: 4096, fullBytes: 4096 };
      const refusal = refusalOf(make(spec), applyCommand({ ...request, memTotalKiB: 1024, memory }));
      expect(refusal).toMatchObject({ status: 1, step: "look", remedy: "correct facts.kernel" });
      expect(refusal.cause).toContain(String(spec.files["proc/sys/kernel/osrelease"]).trim());
    });

    test("where the kernel does not know a key", () => {
      const timeouts = { nf_conntrack_dccp_timeout_open: 100 };
      const refusal = refusalOf(make(modernModule), asking(settings({ timeouts })));
      expect(refusal.cause).toContain("nf_conntrack_dccp_timeout_open");
    });

    test("where kube-proxy would overwrite the values", () => {
      const host = make(modernModule, {
        ...rootProcess(99, "kube-proxy", ["kube-proxy", "--conntrack-max-per-core=32768"]),
      });
      expect(refusalOf(host, asking({}))).toMatchObject({
        status: 1,
        step: "look",
        cause: expect.stringContaining("kube-proxy") as string,
      });
    });
  });

  test.each([
    [
      "flags",
      ["--conntrack-max-per-core=0", "--conntrack-tcp-timeout-established=0s", "--conntrack-tcp-timeout-close-wait=0"],
      "",
    ],
    [
      "a configuration file",
      ["--config=/var/lib/kube-proxy/config.conf"],
      "conntrack:\n  maxPerCore: 0\n  tcpCloseWaitTimeout: 0s\n  tcpEstablishedTimeout: 0s\n",
    ],
  ])("kube-proxy that leaves the values alone by %s is accepted and named", (_, flags, config) => {
    const host = make(modernModule, {
      ...rootProcess(99, "kube-proxy", ["/usr/local/bin/kube-proxy", ...flags]),
      "proc/99/root/var/lib/kube-proxy/config.conf": config,
    });
    expect(answerOf(host, asking({})).competingWriters).toEqual(["process:kube-proxy"]);
  });

  test("a place that cannot be written puts everything back and is named", () => {
    const host = make(modernModule, { "etc/udev/rules.d/zz-pulumi-conntrack.rules/": "" });
    const before = host.snapshot("");
    const { status, stdout, stderr } = run(host, asking({}));
    expect({ status, stdout, ...parseFailure(stderr) }).toMatchObject({
      status: 3,
      stdout: "",
      step: "persist",
      cause: expect.stringContaining("udev/rules.d/zz-pulumi-conntrack.rules") as string,
    });
    expect(host.withoutAudit()).toEqual(before);
  });
});
