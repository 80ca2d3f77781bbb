/** The watchdog ends a run that hangs, whatever hangs in it, and no name of a process tells it whom to end. */
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { applyCommand } from "../../src/delivery/script/command-line";
import { parseFailure } from "../../src/delivery/answer/parse";
import { hostScript } from "../../src/delivery/script/script";
import { grown } from "../support/planned-requests";
import { undisturbed } from "./fault-courses";
import { runWithEnding } from "./kill-anywhere";
import { hostWith } from "./script-run";
import { auditTrail, shells, type Shell, type SimulatedHost } from "./simulated-host";
import { modernModule } from "./simulated-kernels";

/** Twenty of the script's seconds, each a quarter of ours, so that all of a run's own work fits into them. */
const command = applyCommand({ ...grown, limitSeconds: 20 });
const longerSeconds = "sleep() { command sleep 0.25; }\n";

/** Answers once standard output and error are at their end and no process of the run is left. */
const runHanging = (host: SimulatedHost, shell: Shell, hang: string) =>
  runWithEnding(host, hostScript, command, { ...undisturbed(shell), prelude: longerSeconds + hang });

const started: ChildProcess[] = [];
afterAll(() => started.forEach((child) => child.kill("SIGKILL")));

const until = async (condition: () => boolean): Promise<void> => {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("still not so after a minute");
    await pause(10);
  }
};

describe.each(shells)("in %s", (shell) => {
  test.each([
    ["before anything is written", 'awk() { case "$*" in *Name:*) command sleep 600;; esac; command awk "$@"; }\n', 1],
    [
      "while files are written",
      'sed() { case "$*" in *=l*) [ ! -e "$transaction/values" ] || command sleep 600;; esac; command sed "$@"; }\n',
      3,
    ],
  ])("a hang inside a pipeline, %s, ends at the limit with everything closed and as before", async (_, hang, exit) => {
    const host = hostWith(modernModule);
    const before = host.snapshot("");
    const { status, stdout, stderr } = await runHanging(host, shell, hang);
    expect({ status, stdout, ...parseFailure(stderr) }).toEqual({
      status: exit,
      stdout: "",
      step: "time",
      cause: "20 s over",
      remedy: "raise limitSeconds",
    });
    expect(host.withoutAudit()).toEqual(before);
  });

  test("a process whose name holds the line that the watchdog looks for is not ended", async () => {
    const host = hostWith(modernModule);
    const number = join(host.root, "../shell");
    writeFileSync(number, "");
    // Nobody's child: it names the shell of the run as its parent, behind a line feed, in at most 15 bytes.
    const disguise = 'until read -r shell <"$0"; do :; done; printf "\\nPPid:\\t$shell\\n" >/proc/$$/comm; sleep 600';
    const child = spawn("sh", ["-c", disguise, number], { stdio: "ignore", detached: true });
    started.push(child);
    const hang = `command echo $$ >${number}\nawk() { case "$*" in *Name:*) command sleep 600;; esac; command awk "$@"; }\n`;
    const run = runHanging(host, shell, hang);
    await until(() => readFileSync(`/proc/${child.pid}/comm`, "utf8").startsWith("\nPPid:"));
    expect((await run).status).toBe(1);
    expect({ exit: child.exitCode, signal: child.signalCode }).toEqual({ exit: null, signal: null });
  });

  test("a killed run is told on standard error: what ended it, and that all was put back", async () => {
    const host = hostWith(modernModule);
    const before = host.snapshot("");
    const { steps } = await runWithEnding(hostWith(modernModule), hostScript, command, undisturbed(shell));
    const { stdout, stderr } = await runWithEnding(host, hostScript, command, {
      shell,
      ending: "shell",
      at: steps.indexOf("write 20") + 1,
    });
    expect({ stdout, ...parseFailure(stderr) }).toMatchObject({
      stdout: "",
      step: "watchdog",
      cause: expect.stringContaining("all was put back") as string,
    });
    expect(host.withoutAudit()).toEqual(before);
    expect(host.files("var/lib/pulumi-conntrack")).toEqual([auditTrail]);
  });
});
