/**
 * The target state of one host: everything that it shall hold, live and on disk, with the guards that must be true
 * first. A plain value that can be printed as JSON; whatever delivers settings takes it from here.
 */
import type { KernelRules } from "../kernel/rules";
import type { Settings } from "../kernel/settings";
import { targetFiles, type TargetFile } from "./files";
import { targetGuards, type TargetGuards } from "./guards";
import { liveValues, type LiveValues } from "./live-values";

/** What a target state is made of: a plan, the rules of its kernel, and what the person allows. */
export interface TargetRequest {
  readonly rules: KernelRules;
  readonly settings: Settings;
  /** Cost of the planned table; `Plan.memory` has this shape. */
  readonly memory: { readonly tableBytes: number; readonly fullBytes: number };
  /** RAM as declared, in KiB. */
  readonly memTotalKiB: number;
  /** Part of RAM (of low memory on 32 bits) that the full table may take, on the RAM that the host really has. */
  readonly memoryShare: number;
  /** Allows a max below the live one, and below 1.25 times the entries. */
  readonly allowShrink?: boolean;
  /** Loads the module where it is not loaded, now and at every boot. */
  readonly loadModule?: boolean;
}

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
