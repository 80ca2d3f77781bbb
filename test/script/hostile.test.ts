import { existsSync, readFileSync, readlinkSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { applyCommand, factsCommand, restoreCommand, verifyCommand } from "../../src/delivery/script/command-line";
import { parseFacts, parseFailure, parseReadBack } from "../../src/delivery/answer/parse";
import { hostScript } from "../../src/delivery/script/script";
import { grown, grownLegacy } from "../support/planned-requests";
import { undisturbed } from "./fault-courses";
import { runWithEnding } from "./kill-anywhere";
import { SimulatedHost, shells, type HostSpec } from "./simulated-host";
import { legacyModule, modernModule, modernNotLoaded } from "./simulated-kernels";

const make = (spec: HostSpec): SimulatedHost => new SimulatedHost(spec);

const apply = applyCommand(grown);
const restore = restoreCommand({ sudo: false, token: grown.token });
const journal = "var/lib/pulumi-conntrack/journal";
/** Start time of this process, the 22nd field of its stat. */
const startTime = (): string =>
  readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /, "")
    .split(" ")[19] ?? "";

/** For runs whose own work must fit into the script's seconds also on a busy machine: a quarter of one each. */
const longerSeconds = "sleep() { command sleep 0.25; }\n";

const lockPath = (host: SimulatedHost): string => join(host.root, "var/lib/pulumi-conntrack/lock");

describe.each(shells)("in %s", (shell) => {
  const run = (host: SimulatedHost, command: string, prelude = "") => host.run(hostScript, command, { shell, prelude });
  const failureOf = (host: SimulatedHost, command: string, prelude = "") => {
    const { status, stdout, stderr } = run(host, command, prelude);
    expect(stdout).toBe("");
    return { status, ...parseFailure(stderr) };
  };
  const mustApply = (host: SimulatedHost): void => expect(run(host, apply)).toMatchObject({ status: 0, stderr: "" });

  describe("the lock", () => {
    test("of a running process is waited for, then named", () => {
      const host = make(modernModule);
      const own = `${process.pid} ${startTime()} 11111111-2222-3333-4444-555555555555`;
      host.write({ "var/lib/pulumi-conntrack/": "" });
      symlinkSync(own, lockPath(host));
      expect(failureOf(host, apply)).toMatchObject({
        status: 1,
        step: "lock",
        cause: expect.stringContaining(own) as string,
      });
      expect(readlinkSync(lockPath(host))).toBe(own);
      expect(host.live("max")).toBe(65536);
    });

    test.each([
      ["a dead process", "999999999 1 11111111-2222-3333-4444-555555555555"],
      ["another process with the same number", `${process.pid} 1 11111111-2222-3333-4444-555555555555`],
      ["an earlier boot", `${process.pid} ${startTime()} 00000000-0000-0000-0000-000000000000`],
    ])("of %s does not outlive its owner", (_, owner) => {
      const host = make(modernModule);
      host.write({ "var/lib/pulumi-conntrack/": "" });
      symlinkSync(owner, lockPath(host));
      mustApply(host);
      expect(existsSync(lockPath(host))).toBe(false);
    });

    test("lets two runs at once end one after the other", async () => {
      const host = make(modernModule);
      const options = { shell, ending: "shell", at: 0, prelude: longerSeconds } as const;
      const results = await Promise.all([
        runWithEnding(host, hostScript, apply, options),
        runWithEnding(host, hostScript, apply, options),
      ]);
      expect(results.map(({ status }) => status)).toEqual([0, 0]);
      expect(host.live("max")).toBe(262144);
    });
  });

  test("a damaged journal is never trusted: values stay, and the damage is told", () => {
    const host = make(modernModule);
    mustApply(host);
    host.write({ [journal]: (host.read(journal) ?? "").replace("65536", "1") });
    const answer = parseReadBack(run(host, apply).stdout);
    expect(answer.warnings).toMatchObject([{ code: "journal-damaged" }]);
    const restored = parseReadBack(run(host, restore).stdout);
    expect(restored.warnings.map(({ code }) => code)).toContain("restored-unknown");
    expect(host.live("max")).toBe(262144);
    expect(host.files("etc")).toEqual([]);
  });

  test("a damaged journal alone makes restore change nothing", () => {
    const host = make(modernModule);
    mustApply(host);
    host.write({ [journal]: "token=x\n" });
    const before = host.snapshot("");
    const answer = parseReadBack(run(host, restore).stdout);
    expect(answer).toMatchObject({ status: "untouched", warnings: [{ code: "journal-damaged" }] });
    expect(host.snapshot("")).toEqual(before);
  });

  // What a full disk, a read-only file system or SELinux make of a write: the program says no.
  const refuseMove = (name: string): string => `mv() { case "$*" in *${name}) return 1;; esac; command mv "$@"; }\n`;

  test.each([
    "sysctl.d/zz-pulumi-conntrack.conf",
    "udev/rules.d/zz-pulumi-conntrack.rules",
    "modprobe.d/zz-pulumi-conntrack.conf",
  ])("a refused write of %s puts the live values back and is named", (name) => {
    const host = make(modernModule);
    const before = host.snapshot("");
    const failure = failureOf(host, apply, refuseMove(name));
    expect(failure).toMatchObject({ status: 3, step: "persist", cause: expect.stringContaining(name) as string });
    expect(host.withoutAudit()).toEqual(before);
  });

  test("no room for the journal changes nothing", () => {
    const host = make(modernModule);
    const before = host.snapshot("etc", "proc", "sys");
    expect(failureOf(host, apply, refuseMove("transaction/values"))).toMatchObject({ status: 1, step: "journal" });
    expect(host.snapshot("etc", "proc", "sys")).toEqual(before);
  });

  test.each([
    [
      "swallows a write is found by reading back",
      'printf() { case $(command readlink /proc/$$/fd/1) in *sysctl.d*) ;; *) command printf "$@";; esac; }\n',
    ],
    ["cannot keep a write says so when asked to", 'sync() { case "$*" in *sysctl.d/*) return 1;; esac; }\n'],
  ])("a full disk that %s", (_, fault) => {
    const host = make(modernModule);
    const before = host.snapshot("");
    expect(failureOf(host, apply, fault)).toMatchObject({ status: 3, step: "persist" });
    expect(host.withoutAudit()).toEqual(before);
  });

  test("a kernel that refuses a value gets all its old values back", () => {
    const host = make(modernModule);
    const before = host.snapshot("");
    const refuse = `echo() { case "$*" in 20) command echo 30; return 1;; esac; command echo "$@"; }\n`;
    const failure = failureOf(host, apply, refuse);
    expect(failure).toMatchObject({ status: 3, step: "set", cause: expect.stringContaining("udp_timeout") as string });
    expect(host.withoutAudit()).toEqual(before);
  });

  test("a module that cannot be loaded leaves nothing behind", () => {
    const host = make(modernNotLoaded);
    const before = host.snapshot("");
    const failure = failureOf(host, applyCommand({ ...grown, loadModule: true }), "modprobe() { return 1; }\n");
    expect(failure).toMatchObject({ status: 3, step: "load" });
    expect(host.snapshot("")).toEqual(before);
  });

  test("a table that does not empty is left as it was", () => {
    const host = make(modernModule);
    host.write({ "proc/sys/net/netfilter/nf_conntrack_count": 60000 });
    const before = host.snapshot("");
    const settings = { max: 32768, buckets: 32768, timeouts: { nf_conntrack_udp_timeout: 20 } };
    const failure = failureOf(host, applyCommand({ ...grown, settings, allowShrink: true, waitSeconds: 2 }));
    expect(failure).toMatchObject({ status: 3, step: "set" });
    expect(failure.cause).toMatch(/60000.*32768/);
    expect(host.withoutAudit()).toEqual(before);
  });

  // Processes come and go on a busy host: one of the list of all of them has gone before it is read. Linux gives no
  // number above 4194304: include/linux/threads.h.
  const vanishing = 'ls() { command ls "$@"; [ "$*" != /proc ] || command echo 4194305; }\n';

  test.each([
    ["", ""],
    [" while other processes end", vanishing],
  ])("a run that hangs%s ends at its limit with everything put back", async (_, meanwhile) => {
    const host = make(modernNotLoaded);
    const before = host.snapshot("");
    const hang = "(while kill -0 $$; do command sleep 0.05; done) >/dev/null";
    const script = `${meanwhile}injected_modprobe() { [ "$1" = -r ] || ${hang}; }\n${hostScript}`;
    const command = applyCommand({ ...grown, loadModule: true, limitSeconds: 20 });
    const { status, stdout, stderr } = await runWithEnding(host, script, command, {
      shell,
      ending: "shell",
      at: 0,
      prelude: longerSeconds,
    });
    expect({ status, stdout, step: parseFailure(stderr)?.step }).toMatchObject({ status: 3, stdout: "" });
    expect(host.snapshot("")).toEqual(before);
  });

  test("a run that hangs among its writes ends at its limit with everything put back", async () => {
    const host = make(modernModule);
    const before = host.snapshot("");
    const command = applyCommand({ ...grown, limitSeconds: 20 });
    const { steps } = await runWithEnding(make(modernModule), hostScript, command, undisturbed(shell));
    // Max and buckets are written, a timeout is not.
    const { status, stdout, stderr } = await runWithEnding(host, hostScript, command, {
      shell,
      ending: "hang",
      at: steps.indexOf("write 86400") + 1,
      prelude: longerSeconds,
    });
    expect({ status, stdout, step: parseFailure(stderr)?.step }).toEqual({ status: 3, stdout: "", step: "time" });
    expect(host.live("max")).toBe(65536);
    expect(host.withoutAudit()).toEqual(before);
  });

  test("a cut-off script does nothing", () => {
    const host = make(modernModule);
    const before = host.snapshot("");
    const half = hostScript.slice(0, hostScript.lastIndexOf("main"));
    expect(host.run(half, apply, { shell }).stdout).toBe("");
    expect(host.snapshot("")).toEqual(before);
  });

  test.each(["x=$(reboot)", "x=`reboot`", "x=a;b", "x='a'"])("the argument %s is refused", (word) => {
    const host = make(modernModule);
    expect(failureOf(host, `sh -s -- apply ${word}`)).toMatchObject({ status: 1, step: "arguments" });
  });

  describe("inspecting", () => {
    const inspect = (host: SimulatedHost, command: string) => {
      const before = host.snapshot("");
      const result = host.run(hostScript, command, { shell });
      expect(result).toMatchObject({ status: 0, stderr: "" });
      expect(host.snapshot("")).toEqual(before);
      return result.stdout;
    };

    test("facts of a host with a loaded module", () => {
      expect(parseFacts(inspect(make(modernModule), factsCommand({ sudo: false })))).toMatchObject({
        module: "nf_conntrack",
        presence: "module",
        kernel: "6.1.0-50-amd64",
        unameVersion: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-10-01)",
        memTotalKiB: 8025292,
        cores: 2,
        entries: 10,
        settings: { max: 65536, buckets: 65536, nf_conntrack_udp_timeout: 30 },
        flags: { acct: 0, timestamp: 0, events: 2 },
        loadedBy: ["module:nft_ct", "module:nf_nat"],
      });
    });

    test("facts of an old 32-bit host and of one without the module loaded", () => {
      expect(parseFacts(inspect(make(legacyModule), factsCommand({ sudo: false })))).toMatchObject({
        module: "ip_conntrack",
        presence: "module",
        lowTotalKiB: 901112,
        settings: { max: 65536, buckets: 8192, ip_conntrack_tcp_timeout_established: 432000 },
      });
      expect(parseFacts(inspect(make(modernNotLoaded), factsCommand({ sudo: false })))).toMatchObject({
        module: "nf_conntrack",
        presence: "notLoaded",
        settings: {},
      });
    });

    test("verify finds nothing after apply, then names each live and persisted value that drifted", () => {
      const host = make(modernModule);
      mustApply(host);
      expect(parseReadBack(inspect(host, verifyCommand(grown)))).toMatchObject({ status: "active", drift: [] });
      host.write({
        "proc/sys/net/netfilter/nf_conntrack_udp_timeout": 77,
        "etc/sysctl.d/zz-pulumi-conntrack.conf": "net.netfilter.nf_conntrack_max=1\n",
      });
      host.delete("etc/udev/rules.d/zz-pulumi-conntrack.rules");
      expect(parseReadBack(inspect(host, verifyCommand(grown))).drift).toEqual(
        expect.arrayContaining([
          { key: "nf_conntrack_udp_timeout", planned: "20", found: "77" },
          { key: "/etc/sysctl.d/zz-pulumi-conntrack.conf", planned: "content of the plan", found: "other content" },
          { key: "/etc/udev/rules.d/zz-pulumi-conntrack.rules", planned: "content of the plan", found: "" },
        ]),
      );
    });

    test("verify on an old host", () => {
      const host = make(legacyModule);
      expect(run(host, applyCommand(grownLegacy)).status).toBe(0);
      expect(parseReadBack(inspect(host, verifyCommand(grownLegacy))).drift).toEqual([]);
    });
  });
});
