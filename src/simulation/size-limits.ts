/** Runs that are too large for the simulation, and what thinning makes of them. */
import type { Problem } from "../problems";
import { firstCapacity, type Job } from "./create-model";
import { GREATEST_RECORDS } from "./table";

const source = "the numbers of entries have 25 bits, docs/simulation.md";

/** More entries than the table of the simulation can number. */
export const problemsOfSize = (job: Job): Problem[] => {
  const entries = firstCapacity(job);
  if (entries <= GREATEST_RECORDS) return [];
  return [
    {
      path: "thinning",
      value: job.scenario.thinning ?? 1,
      limit: `leaves ${entries} entries, and the simulation holds at most ${GREATEST_RECORDS}`,
      source,
      remedy: `Write at least ${Math.ceil((job.thinning * entries) / GREATEST_RECORDS)}.`,
    },
  ];
};

/** More flows alive at a time than that, which shows only in the run: flows without an entry need numbers too. */
export const problemOfTooManyFlows = ({ scenario, thinning }: Job): Problem => ({
  path: "thinning",
  value: scenario.thinning ?? 1,
  limit: `lets more than ${GREATEST_RECORDS} flows live at a time, and the simulation holds no more`,
  source,
  remedy: `Write a factor greater than ${thinning}.`,
});
