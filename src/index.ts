/** The public face of the package: the component with its args, the pure functions beneath it, and their errors. */
export type {
  BastionArgs,
  ConnectionArgs,
  ConntrackTuningArgs,
  FloodArgs,
  HostFactsArgs,
  LoginArgs,
  NamedLoadArgs,
  SettingsArgs,
  TrafficArgs,
  TrafficClassArgs,
  TunedMemory,
  TunedReadBack,
  TunedVerdict,
} from "./component/args";
export { ConntrackFleet } from "./component/conntrack-fleet";
export { ConntrackTuning } from "./component/conntrack-tuning";
export type {
  ConntrackFleetArgs,
  FleetConnectionArgs,
  FleetFactsArgs,
  FleetHostArgs,
  FleetRolloutArgs,
} from "./component/fleet-args";
export { plan, type Plan } from "./plan/plan";
export type { Settings } from "./kernel/settings";
export {
  OnVerdict,
  type DeclaredFacts,
  type DeclaredRequest,
  type HostFacts,
  type PlanRequest,
  type SettingsOverride,
} from "./plan/request";
export { summarizePlan } from "./plan/summary";
export { describeProblem, ProblemsError, type Problem } from "./validation/problems";
export {
  Arrivals,
  Pattern,
  Protocol,
  SessionEnd,
  type Scenario,
  type TrafficClass,
} from "./simulation/scenario/scenario";
export { simulate } from "./simulation/simulate";
export type { SimulationResult } from "./simulation/report/result";
export { judge, type Verdict } from "./simulation/report/verdict";
export { Binding } from "./sizing/from-ram";
export { instanceFacts, instanceTypes, type InstanceFacts } from "./sizing/instance-types/instance-facts";
export { Load } from "./sizing/loads";
export { Role } from "./sizing/roles";
export { FloodProtocol } from "./sizing/traffic";
