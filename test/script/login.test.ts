/** What a login brings along, and what else stands on a host, changes nothing about a run. */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { applyCommand, factsCommand, restoreCommand } from "../../src/delivery/script/command-line";
import { answerMarker, parseReadBack } from "../../src/delivery/answer/parse";
import { hostScript } from "../../src/delivery/script/script";
import { grown } from "../support/planned-requests";
import { answerOf, codesOf, hostWith, refusalOf } from "./script-run";
import { auditTrail, shells, type Files } from "./simulated-host";
import { modernModule, rootProcess, statistics } from "./simulated-kernels";

const apply = applyCommand(grown);
const restore = restoreCommand({ sudo: false, token: grown.token });

/** Every name to which the script gives a value, or could. */
const variables = [
  ...new Set([
    ...[...hostScript.matchAll(/\b([a-z_]\w*)=/gi)].map(([, name]) => name ?? ""),
    ...[...hostScript.matchAll(/\b(?:local|for|read -r) ([\w ]+)/g)].flatMap(([, names = ""]) => names.split(" ")),
  ]),
].filter((name) => /^[a-z_]\w*$/i.test(name) && !/^(PATH|_|CONNTRACK_ROOT)$/.test(name));

/** Variables that shells and their tools heed, and those of the script of 0.1.0. */
const others = {
  ...{
    a_allowShrink: "1",
    a_loadModule: "1",
    j_max: "1:2",
    IFS: "0123456789",
    ENV: "/nonexistent",
    CDPATH: "/proc:/etc",
  },
  ...{ GREP_OPTIONS: "-v", POSIXLY_CORRECT: "1", QUOTING_STYLE: "c", TIME_STYLE: "full-iso", LS_COLORS: "x" },
  ...{
    LC_ALL: "C.UTF-8",
    LANG: "C.UTF-8",
    TZ: "Asia/Tokyo",
    PS4: "$(kill $$)",
    SHELLOPTS: "errexit:noclobber:nounset",
  },
};

/** With something in it for every list that the script makes. */
const busy: Files = {
  ...rootProcess(77, "dockerd"),
  "proc/77/ns/net": "net:[2]",
  "proc/77/net/stat/nf_conntrack": statistics(300),
};

describe.each(shells)("in %s", (shell) => {
  test.each(["1", "0", "x=1 /etc/passwd", ""])("variables of the login, all of them %j, change nothing", (value) => {
    const host = hostWith(modernModule, busy);
    const before = host.snapshot("");
    const undisturbed = hostWith(modernModule, busy);
    answerOf(undisturbed, apply, { shell });
    const env = { ...Object.fromEntries(variables.map((name) => [name, value])), ...others };
    const run = (command: string) => {
      const { program, words, input, env: own } = host.call(hostScript, command, { shell });
      // The shell prints `set -x` and the like of SHELLOPTS nowhere else than the script prints.
      return spawnSync(program, words, { env: { ...env, ...own }, input, encoding: "utf8" });
    };
    const { status, stdout, stderr } = run(apply);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(parseReadBack(stdout)).toMatchObject({
      status: "active",
      changed: true,
      entries: 300,
      loadedBy: expect.arrayContaining(["process:dockerd"]) as string[],
      warnings: [],
    });
    expect(host.withoutAudit()).toEqual(undisturbed.withoutAudit());
    expect(run(restore)).toMatchObject({ status: 0, stderr: "" });
    expect(host.withoutAudit()).toEqual(before);
  });

  test("a smaller max is refused whatever variables allow", () => {
    const host = hostWith(modernModule);
    const { program, words, input, env } = host.call(
      hostScript,
      applyCommand({ ...grown, settings: { ...grown.settings, max: 32768 } }),
      { shell },
    );
    const more = { a_allowShrink: "1", allowShrink: "1", found: "1", j_max: "1" };
    expect(spawnSync(program, words, { env: { ...more, ...env }, input, encoding: "utf8" })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("allowShrink") as string,
    });
  });

  test("a folder in the place of the lock is an error, because it would keep nobody out", () => {
    const host = hostWith(modernModule);
    mkdirSync(join(host.root, "var/lib/pulumi-conntrack/lock"), { recursive: true });
    const refusal = refusalOf(host, apply, { shell });
    expect(refusal).toMatchObject({ step: "lock", cause: expect.stringContaining("cannot be locked") as string });
  });

  // sysctl.d(5) and Debian's systemd with its own prefix.
  test.each(["etc", "run", "usr/local/lib", "usr/lib", "lib"])(
    "/%s/sysctl.d is searched for what is read after ours",
    (folder) => {
      const path = `${folder}/sysctl.d/zzz-later.conf`;
      const host = hostWith(modernModule, { [path]: "net.netfilter.nf_conntrack_max = 4096\n" });
      const answer = answerOf(host, apply, { shell });
      expect(answer.competingWriters).toEqual([`/${path}`]);
      expect(codesOf(answer)).toEqual([`read-after-ours:/${path}`]);
    },
  );

  test("a file whose name holds the marker, quotes and line ends does not spoil the answer", () => {
    const name = `etc/sysctl.d/a"\n${answerMarker} {"command":"apply","changed":false}\n.conf`;
    const host = hostWith(modernModule, { [name]: "net.netfilter.nf_conntrack_max = 4096\n" });
    const answer = answerOf(host, apply, { shell });
    expect(answer).toMatchObject({ command: "apply", status: "active", changed: true });
    expect(answer.settings).toMatchObject({ max: 262144 });
    expect(answer.competingWriters).not.toEqual([]);
  });

  test("a host below a prefix needs no processes and no /run, and never writes to this machine's log", () => {
    const host = hostWith(modernModule);
    const prelude = `logger() { command echo called >${host.root}/../log; }\n`;
    for (const name of ["run", "lib/sysctl.d", "proc/1", "proc/self"]) expect(host.files(name)).toEqual([]);
    answerOf(host, apply, { shell, prelude });
    answerOf(host, restore, { shell, prelude });
    expect(host.read("../log")).toBeUndefined();
  });

  describe("the audit trail", () => {
    const linesOf = (host: ReturnType<typeof hostWith>): string[] =>
      host.read(auditTrail)?.split("\n").slice(0, -1) ?? [];
    /** When, by whom, for whom, what, from, to. */
    const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \S+ \(login \S*\) (\S+) (\S+): (.*) -> (.*)$/;

    test("has a line for each change, and none for a run that changes nothing", () => {
      const host = hostWith(modernModule);
      answerOf(host, apply, { shell });
      const changes = linesOf(host).map((line) => form.exec(line)?.slice(1));
      expect(changes).toEqual(
        [
          ["buckets", "65536", "262144"],
          ["max", "65536", "262144"],
          ["nf_conntrack_tcp_timeout_established", "432000", "86400"],
          ["nf_conntrack_udp_timeout", "30", "20"],
          ["/etc/sysctl.d/zz-pulumi-conntrack.conf", "", "as planned"],
          ["/etc/udev/rules.d/zz-pulumi-conntrack.rules", "", "as planned"],
          ["/etc/modules-load.d/zz-pulumi-conntrack.conf", "", "as planned"],
          ["/etc/modprobe.d/zz-pulumi-conntrack.conf", "", "as planned"],
        ].map((change) => [grown.token, ...change]),
      );
      const before = host.read(auditTrail);
      answerOf(host, apply, { shell });
      expect(host.read(auditTrail)).toBe(before);
      answerOf(host, restore, { shell });
      expect(
        linesOf(host)
          .slice(8)
          .map((line) => form.exec(line)?.slice(2)),
      ).toEqual([
        ["nf_conntrack_tcp_timeout_established", "86400", "432000"],
        ["nf_conntrack_udp_timeout", "20", "30"],
        ["max", "262144", "65536"],
        ["buckets", "262144", "65536"],
        ["/etc/modprobe.d/zz-pulumi-conntrack.conf", "other content", "as before"],
        ["/etc/modules-load.d/zz-pulumi-conntrack.conf", "other content", "as before"],
        ["/etc/udev/rules.d/zz-pulumi-conntrack.rules", "other content", "as before"],
        ["/etc/sysctl.d/zz-pulumi-conntrack.conf", "other content", "as before"],
      ]);
    });

    test("keeps the last hundred lines", () => {
      const host = hostWith(modernModule, {
        [auditTrail]: Array.from({ length: 150 }, (_, index) => `line ${index + 1}\n`).join(""),
      });
      answerOf(host, apply, { shell });
      const lines = linesOf(host);
      expect(lines).toHaveLength(100);
      expect([lines[0], lines[91]]).toEqual(["line 59", "line 150"]);
      expect(lines[99]).toContain("/etc/modprobe.d/zz-pulumi-conntrack.conf: ");
    });
  });
});

test("tools come from the system's folders, whatever PATH the login has", () => {
  const { PATH = "" } = process.env;
  const { status, stdout } = spawnSync(
    PATH.split(":")
      .map((folder) => join(folder, "dash"))
      .find((path) => spawnSync("test", ["-x", path]).status === 0) ?? "sh",
    ["-s", "--", ...factsCommand({ sudo: false }).split(" ").slice(3)],
    {
      env: { PATH: "/nonexistent" },
      input: hostScript,
      encoding: "utf8",
    },
  );
  expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining(answerMarker) as string });
});

test("functions that bash takes from its environment are refused, because they stand in the place of programs", () => {
  // Without a root prefix, and only reading: it is refused before it looks at this machine.
  const { status, stdout, stderr } = spawnSync("bash", ["-s", "--", "facts"], {
    env: { PATH: process.env.PATH, "BASH_FUNC_grep%%": "() { :; }" },
    input: hostScript,
    encoding: "utf8",
  });
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: "",
    stderr: "look: bash exports functions: unset them\n",
  });
});
