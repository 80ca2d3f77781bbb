/** A peer through the phases that it has: it knows no state, so each of its runs goes to every host. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { BenchHosts } from "./hosts";
import type { Measure } from "./measure";
import type { Start } from "./peers";
import { phases, type Add, type Phase } from "./rows";
import { applyJobLine, restoreJobLine, writeScriptJob } from "./script-job";

/** @param isFirstOnly nothing after the first apply */
export const measurePeer = async (
  tool: string,
  start: Start,
  hosts: BenchHosts,
  measure: Measure,
  add: Add,
  isFirstOnly: boolean,
): Promise<void> => {
  const phase = async (name: Phase, line: string): Promise<void> => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "bench-peer-"));
    try {
      await hosts.contacts();
      const measured = await measure(start(writeScriptJob(hosts, folder, line)));
      const contacts = await hosts.contacts();
      if (contacts < hosts.addresses.length) throw new Error(`${tool} reached ${contacts} hosts only`);
      add({ tool, phase: name, ...measured, contacts });
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  };
  await phase(phases.firstApply, applyJobLine(30));
  if (isFirstOnly) return;
  await phase(phases.noChange, applyJobLine(30));
  await phase(phases.allChanged, applyJobLine(31));
  await phase(phases.destroy, restoreJobLine());
};
