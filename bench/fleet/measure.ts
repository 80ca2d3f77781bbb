/** What a command takes, with everything that it starts. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { run } from "../../lab/run";

export interface Measured {
  readonly wallSeconds: number;
  /** Of the command and all processes that it started, also where they outlived it. */
  readonly cpuSeconds: number;
  /** The greatest sum of the memory of all of them at one moment; pages that several share count several times. */
  readonly peakBytes: number;
  /** The same by program; a process that ends counts as it was when last seen. */
  readonly byProgram: Readonly<Record<string, { readonly peakBytes: number; readonly cpuSeconds: number }>>;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Runs commands under bench/native/measure. */
export type Measure = (command: Command) => Promise<Measured>;

const readMeasured = (file: string): Measured => JSON.parse(fs.readFileSync(file, "utf8")) as Measured;

/** @param program the built bench/native/measure */
export const createMeasure =
  (program: string): Measure =>
  async ({ program: command, args, cwd, env = process.env }) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "bench-measure-"));
    const result = path.join(folder, "result.json");
    try {
      const { code, stdout, stderr } = await run(program, [result, command, ...args], { cwd, env });
      if (code !== 0) throw new Error(`${command} exited with ${code}: ${stdout.slice(-4000)}${stderr.slice(-4000)}`);
      return readMeasured(result);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  };
