/** What is wrong between the arguments of a request that can be read, whatever is wrong with the others. */
import * as z from "zod";
import { isFields, type Fields } from "../validation/fields";
import { problemsOfKernel } from "../kernel/kernel-rules";
import type { Problem } from "../validation/problems";
import { readableFields } from "../validation/readable";
import { problemsOfClasses } from "../simulation/scenario/scenario";
import { trafficSchema } from "../sizing/traffic";
import { argumentsContract, joinPath } from "../validation/validation";
import { hostFactsSchema } from "./request";

const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});

/** Every mistake in the kernel that the facts name. */
export const kernelProblems = (request: unknown): Problem[] =>
  problemsOfKernel(readableFields(hostFactsSchema, fieldsOf(request).facts)).map((problem) => ({
    ...problem,
    path: joinPath("facts", problem.path),
  }));

const idlePeakFactor = ({ peakFactor, loads, classes }: Fields): Problem[] =>
  peakFactor === undefined || loads !== undefined || classes !== undefined
    ? []
    : [
        {
          path: "traffic.peakFactor",
          value: peakFactor,
          limit: "multiplies loads and classes, and none is declared; a flood is taken as it is",
          source: argumentsContract,
          remedy: "Declare a load, or remove it.",
        },
      ];

const loadClassSchema = z.object(trafficSchema.shape.classes.unwrap().element.shape);

/** Every contradiction in the declared traffic. */
export const trafficContradictions = (request: unknown): Problem[] => {
  const traffic = fieldsOf(fieldsOf(request).traffic);
  return [
    ...idlePeakFactor(traffic),
    ...problemsOfClasses(loadClassSchema, traffic.classes, joinPath("traffic", "classes")),
  ];
};
