/** A program of Pulumi through all phases of its life. */
import fs from "node:fs";
import path from "node:path";
import { createCliStack, engine, type CliStack } from "../../test/support/engine";
import type { BenchHosts } from "./hosts";
import type { Measure } from "./measure";
import { phases, type Add, type Phase } from "./rows";

export interface Wanted {
  readonly observe: boolean;
  readonly udpTimeouts: { readonly first: number; readonly others: number };
}

export interface PulumiTool {
  readonly name: string;
  /** Folder of Pulumi.yaml, and the name in it. */
  readonly project: string;
  readonly projectName: string;
  /** Tells the program what to hold. */
  readonly want: (stack: CliStack, hosts: BenchHosts, wanted: Wanted) => void;
  readonly canObserve: boolean;
}

const all = (seconds: number): Wanted => ({ observe: false, udpTimeouts: { first: seconds, others: seconds } });

/** @param isFirstOnly nothing after the first apply */
export const measurePulumi = async (
  tool: PulumiTool,
  hosts: BenchHosts,
  measure: Measure,
  add: Add,
  isFirstOnly: boolean,
): Promise<void> => {
  const { binDir } = await engine();
  const stack = await createCliStack({ project: tool.project });
  const stateFile = path.join(stack.folder, "backend/.pulumi/stacks", tool.projectName, "test.json");
  const run = (operation: "up" | "destroy") =>
    measure({
      program: path.join(binDir, "pulumi"),
      args: [
        ...[operation, "--yes", "--skip-preview", "--non-interactive", "--color", "never"],
        ...["--stack", "test", "--config-file", stack.configFile],
      ],
      cwd: tool.project,
      env: stack.environment,
    });
  const phase = async (name: Phase, operation: "up" | "destroy" = "up"): Promise<void> => {
    await hosts.contacts();
    const measured = await run(operation);
    add({
      tool: tool.name,
      phase: name,
      ...measured,
      contacts: await hosts.contacts(),
      stateBytes: fs.statSync(stateFile).size,
    });
  };
  const want = (wanted: Wanted): void => tool.want(stack, hosts, wanted);

  try {
    want(all(30));
    await phase(phases.firstApply);
    if (isFirstOnly) return;
    await phase(phases.noChange);
    want({ observe: false, udpTimeouts: { first: 31, others: 30 } });
    await phase(phases.oneChanged);
    want(all(32));
    await phase(phases.allChanged);
    if (tool.canObserve) {
      want({ ...all(32), observe: true });
      await run("up");
      await phase(phases.observed);
      await hosts.drift(hosts.addresses[0] ?? "");
      await phase(phases.drift);
    }
    await phase(phases.destroy, "destroy");
  } finally {
    stack.remove();
  }
};
