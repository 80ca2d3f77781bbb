/** Everything that the parts of a plan look at, worked out once. */
import type { KernelRules } from "../kernel/rules";
import type { DefaultTable } from "../kernel/table-size";
import type { SizingRequest } from "../sizing/from-ram";
import type { PlanRequest } from "./request";

export interface PlanContext {
  readonly request: PlanRequest;
  readonly rules: KernelRules;
  readonly kernelDefault: DefaultTable;
  readonly sizing: SizingRequest;
}

/** A part of the plan: its values, why each is as it is, and what is unwise in them. */
export interface Decision<T> {
  readonly values: T;
  /** One sentence for each key of the settings. */
  readonly reasons: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}
