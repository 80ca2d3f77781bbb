import { ProblemsError } from "../../../src/validation/problems";
import * as run from "../../../src/simulation/engine/run";
import type { Scenario } from "../../../src/simulation/scenario/scenario";
import { simulate } from "../../../src/simulation/simulate";

jest.mock("../../../src/simulation/engine/run", () => ({
  ...jest.requireActual<typeof run>("../../../src/simulation/engine/run"),
  runJob: jest.fn(),
}));

const scenario: Scenario = {
  kernel: "6.12.107",
  arch: "x86_64",
  settings: { buckets: 512, max: 1000 },
  durationSeconds: 1,
  seed: 1,
  traffic: [],
  thinning: 2,
};

/** A run whose table is used up, in a copy of the modules of its own, as the shipped event loop is one. */
const outgrow = (): never => {
  let thrown: unknown;
  jest.isolateModules(() => {
    const { allocateRecord, createTable, MAXIMUM_RECORDS } = jest.requireActual<
      typeof import("../../../src/simulation/engine/table")
    >("../../../src/simulation/engine/table");
    const table = createTable(1, 0);
    Object.assign(table, { capacity: MAXIMUM_RECORDS, used: MAXIMUM_RECORDS });
    try {
      allocateRecord(table);
    } catch (error) {
      thrown = error;
    }
  });
  throw thrown;
};

const errorOf = (behaviour: () => never): unknown => {
  jest.mocked(run.runJob).mockImplementation(behaviour);
  try {
    return simulate(scenario);
  } catch (error) {
    return error;
  }
};

test("A run whose flows outgrow the table ends in a problem with value, limit and remedy", () => {
  const error = errorOf(outgrow);
  expect(error).toBeInstanceOf(ProblemsError);
  // 25 bits for the number of a flow, 0 for none: 2^25 - 1.
  expect((error as ProblemsError).problems).toEqual([
    {
      path: "thinning",
      value: 2,
      limit: "lets more than 33554431 flows live at a time, and the simulation holds no more",
      source: "the numbers of entries have 25 bits, docs/simulation.md",
      remedy: "Write a factor greater than 2.",
    },
  ]);
});

test("Any other error of a run stays what it is", () => {
  const fault = new RangeError("Array buffer allocation failed");
  const fail = (): never => {
    throw fault;
  };
  expect(errorOf(fail)).toBe(fault);
});
