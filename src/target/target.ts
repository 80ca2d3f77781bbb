/**
 * The target state of one host: everything that it shall hold, live and on disk, with the guards that must be true
 * first. A plain value that can be printed as JSON; whatever delivers settings takes it from here.
 */
import type { KernelRules } from "../kernel/rules";
import type { Settings } from "../kernel/settings";
import { targetFiles, type TargetFile } from "./files";
import { targetGuards, type TargetGuards } from "./guards";
import { liveValues, type LiveValues } from "./live-values";
import type { TargetRequest } from "./request";

export interface TargetState {
  readonly module: KernelRules["module"];
  readonly loadModule: boolean;
  readonly settings: Settings;
  readonly live: LiveValues;
  readonly guards: TargetGuards;
  /** Files in the order in which they are written; removed in the reverse order. */
  readonly files: readonly TargetFile[];
}

export const targetState = (request: TargetRequest): TargetState => {
  const { rules, settings, loadModule = false } = request;
  return {
    module: rules.module,
    loadModule,
    settings,
    live: liveValues(rules, settings),
    guards: targetGuards(request),
    files: targetFiles(rules, loadModule),
  };
};
