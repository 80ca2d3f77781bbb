/** A check that cannot be made is an error, never a pass. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyCommand, factsCommand, restoreCommand, verifyCommand } from "../../src/delivery/script/command-line";
import { parseFailure } from "../../src/delivery/answer/parse";
import { hostScript } from "../../src/delivery/script/script";
import { grown } from "../support/planned-requests";
import { answerOf, hostWith, refusalOf } from "./script-run";
import { shells, type Files, type SimulatedHost } from "./simulated-host";
import { modernModule, rootProcess, statistics } from "./simulated-kernels";

const apply = applyCommand(grown);
const restore = restoreCommand({ sudo: false, token: grown.token });

/** What the script asks for before it does anything. */
const requiredTools = (/for tool in (.*); do/.exec(hostScript)?.[1] ?? "").split(" ");

describe("tools", () => {
  const folders: string[] = [];
  afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

  /** A folder that holds these programs and nothing else. */
  const folderOf = (tools: readonly string[]): string => {
    const folder = mkdtempSync(join(tmpdir(), "tools-"));
    folders.push(folder);
    for (const tool of tools)
      symlinkSync(execFileSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).trim(), join(folder, tool));
    return folder;
  };

  const runWithPath = (host: SimulatedHost, command: string, shell: "bash" | "dash", path: string) => {
    const { words, env } = host.call(hostScript, command, { shell });
    const program = execFileSync("sh", ["-c", `command -v ${shell}`], { encoding: "utf8" }).trim();
    return spawnSync(program, words, { env: { ...env, PATH: path }, input: hostScript, encoding: "utf8" });
  };

  test("of every kind are asked for", () => {
    expect(requiredTools).toEqual(expect.arrayContaining(["awk", "grep", "md5sum", "sync", "xargs"]));
  });

  describe.each(["dash", "bash"] as const)("in %s", (shell) => {
    test.each(requiredTools)("%s that is missing is named, in every mode", (tool) => {
      const host = hostWith(modernModule);
      const before = host.snapshot("");
      const path = folderOf(requiredTools.filter((name) => name !== tool));
      for (const command of [apply, restore, verifyCommand(grown), factsCommand({ sudo: false })]) {
        const { status, stdout, stderr } = runWithPath(host, command, shell, path);
        expect({ status, stdout, ...parseFailure(stderr) }).toMatchObject({
          status: 1,
          stdout: "",
          step: "look",
          cause: expect.stringMatching(new RegExp(`^${tool} is missing`)) as string,
        });
      }
      expect(host.snapshot("")).toEqual(before);
    });

    test("that are asked for are enough for every mode: no logger, no nsenter, no ip", () => {
      const host = hostWith(modernModule);
      const path = folderOf(requiredTools);
      const before = host.snapshot("");
      for (const command of [apply, verifyCommand(grown), restore, factsCommand({ sudo: false })])
        expect(runWithPath(host, command, shell, path)).toMatchObject({ status: 0, stderr: "" });
      expect(host.withoutAudit()).toEqual(before);
    });
  });

  // Its own tools are found whatever PATH says, so that only the question can be answered otherwise.
  test.each(requiredTools)("%s that is missing is named in busybox", (tool) => {
    const prelude = `command() { [ "$*" != "-v ${tool}" ]; }\n`;
    const refusal = refusalOf(hostWith(modernModule), apply, { shell: "busybox", prelude });
    expect(refusal).toMatchObject({ step: "look", cause: expect.stringContaining(`${tool} is missing`) as string });
  });
});

/** More names than fit into the arguments of one program: execve(2) allows a quarter of the stack, 128 KiB at least. */
const crowd = (): Files =>
  Object.assign(
    {},
    ...Array.from({ length: 4000 }, (_, index) => ({
      [`proc/${1000 + index}/status`]: "Name:\tworker\nPPid:\t1\nUid:\t1000\t1000\t1000\t1000\n",
    })),
  ) as Files;
const smallStack = "ulimit -s 256\n";

describe.each(shells)("in %s", (shell) => {
  describe("among more processes than the arguments of one program hold", () => {
    test("the kube-proxy of root is found", () => {
      const host = hostWith(modernModule, crowd(), rootProcess(9999, "kube-proxy"));
      expect(refusalOf(host, apply, { shell, prelude: smallStack })).toMatchObject({
        step: "look",
        cause: expect.stringContaining("kube-proxy") as string,
      });
    });

    test("the entries of the last one's network namespace are counted", () => {
      const host = hostWith(modernModule, crowd(), {
        "proc/9999/ns/net": "net:[2]",
        "proc/9999/net/stat/nf_conntrack": statistics(12345),
      });
      expect(answerOf(host, apply, { shell, prelude: smallStack }).entries).toBe(12345);
    });
  });

  test("memory that cannot be read is an error", () => {
    const host = hostWith(modernModule, { "proc/meminfo": "MemFree: 6912340 kB\n" });
    expect(refusalOf(host, apply, { shell }).step).toBe("look");
  });
});
