import type { KernelRules } from "../kernel/rules";
import type { Settings } from "../kernel/settings";

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
  /** Whose settings may be taken over, beside its own: `project/stack/name`, or `any`. */
  readonly adopt?: string;
}
