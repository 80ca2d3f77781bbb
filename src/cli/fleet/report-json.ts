/** The page of a rollout as the JSON of the contract; docs/status.md describes it. */
import type { RolloutReport } from "../../fleet/rollout-report";
import { fleetName, pendingCount } from "./report-words";

/** @param goOn the command line that does what is pending */
export const reportJson = (report: RolloutReport, goOn: string): object => {
  const pending = pendingCount(report);
  return {
    owner: report.owner,
    fleet: fleetName(report),
    pending,
    waves: report.waves,
    ...(pending === 0 ? {} : { goOn }),
  };
};
