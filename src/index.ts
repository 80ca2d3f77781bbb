/** The public face of the package: the component with its args, the pure functions beneath it, and their errors. */
export type {
  BastionArgs,
  ConnectionArgs,
  ConntrackTuningArgs,
  HostFactsArgs,
  SettingsArgs,
  TunedMemory,
  TunedReadBack,
  TunedSettings,
} from "./component/args";
export { ConntrackTuning } from "./component/conntrack-tuning";
export { plan, type Plan, type Settings } from "./plan/plan";
export type { HostFacts, PlanRequest, SettingsOverride } from "./plan/request";
export { summarizePlan } from "./plan/summary";
export { describeProblem, ProblemsError, type Problem } from "./problems";
export { Binding } from "./sizing/from-ram";
export { Role } from "./sizing/roles";
