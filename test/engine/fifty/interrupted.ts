/** An update that is under way, to be interrupted. */
import { spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type CliStack, engine } from "../../support/engine";

/** Polls until it is true; a test that waits in vain ends by its own limit. */
export const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await pause(50);
};

/** The process that `parent` has started for this package's plugin; 0 where there is none. */
const pluginOf = (parent: number): number =>
  fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => {
      try {
        const started = fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[1];
        const words = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return started === String(parent) && words.includes("pulumi-resource-conntrack");
      } catch {
        return false;
      }
    }) ?? 0;

export class RunningUpdate {
  private printed = "";
  /** Exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>;

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.on("data", (text: Buffer) => (this.printed += text.toString()));
    child.stderr?.on("data", (text: Buffer) => (this.printed += text.toString()));
    this.ended = new Promise((resolve) => child.on("close", (code) => resolve(code)));
  }

  static async start(stack: CliStack, project: string): Promise<RunningUpdate> {
    const { binDir } = await engine();
    const args = ["up", "--yes", "--skip-preview", "--stack", "test", "--config-file", stack.configFile];
    const child = spawn(path.join(binDir, "pulumi"), [...args, "--non-interactive", "--color", "never"], {
      cwd: project,
      env: stack.environment,
      stdio: "pipe",
    });
    return new RunningUpdate(child);
  }

  get shown(): string {
    return this.printed;
  }

  get plugin(): number {
    return pluginOf(this.child.pid ?? 0);
  }

  /** Only the engine gets it, as from `kill`; a terminal would send it to its plugins too, which await the engine's word. */
  signal(name: "SIGINT" | "SIGKILL"): void {
    this.child.kill(name);
  }
}
