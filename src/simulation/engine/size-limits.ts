/** Runs that are too large for the simulation, and what thinning makes of them. */
import type { Problem } from "../../validation/problems";
import { firstCapacity, type Job } from "./create-model";
import { CONTRACT } from "../scenario/scenario";
import { MAXIMUM_RECORDS } from "./table";
import { minimumMax } from "./thinning";

const source = "the numbers of entries have 25 bits, docs/simulation.md";

/** A table so thin that it has no place for a single entry. */
const problemsOfFactor = ({ scenario, thinning }: Job): Problem[] => {
  const minimum = minimumMax(scenario);
  if (thinning <= minimum) return [];
  return [
    {
      path: "thinning",
      value: thinning,
      limit: `must be at most ${minimum}, the smallest max of the run: no entry is left of it`,
      source: CONTRACT,
      remedy: `Write at most ${minimum}, or leave it out.`,
    },
  ];
};

const problemsOfEntries = (job: Job): Problem[] => {
  const entries = firstCapacity(job);
  if (entries <= MAXIMUM_RECORDS) return [];
  return [
    {
      path: "thinning",
      value: job.scenario.thinning ?? 1,
      limit: `leaves ${entries} entries, and the simulation holds at most ${MAXIMUM_RECORDS}`,
      source,
      remedy: `Write at least ${Math.ceil((job.thinning * entries) / MAXIMUM_RECORDS)}.`,
    },
  ];
};

/** A table too large for the simulation's numbers, or too thin. */
export const problemsOfSize = (job: Job): Problem[] => [...problemsOfFactor(job), ...problemsOfEntries(job)];

/** More flows alive at a time than that, which shows only in the run: flows without an entry need numbers too. */
export const problemOfTooManyFlows = ({ scenario, thinning }: Job): Problem => ({
  path: "thinning",
  value: scenario.thinning ?? 1,
  limit: `lets more than ${MAXIMUM_RECORDS} flows live at a time, and the simulation holds no more`,
  source,
  remedy: `Write a factor greater than ${thinning}.`,
});
