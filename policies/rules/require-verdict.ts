import * as z from "zod";
import { settingsHash } from "../../src/simulation/scenario/settings-hash";
import { kernelOf } from "../subjects/host-kernel";
import { hostRule, Level, Severity } from "../rule";
import type { Violation } from "../violation";

const source = "the simulation of this package: a plan that was not run is a guess";
const again = "Run `pulumi preview` again, so that the simulation judges these very settings.";

const violation = (path: string, limit: string, remedy: string, value?: string): Violation => ({
  path,
  value,
  limit,
  source,
  remedy,
});

export const requireVerdict = hostRule({
  name: "require-verdict",
  sentence: "The simulation has passed these very settings, recognized by their hash.",
  severity: Severity.High,
  level: Level.Mandatory,
  remedy: "Declare traffic, and change the settings until the simulation passes them.",
  source,
  configuration: z.strictObject({
    acceptNotJudged: z
      .boolean()
      .default(true)
      .describe("Accept the verdict `notJudged` of a host that declares no traffic"),
  }),
  judge: ({ inputs }, { acceptNotJudged }) => {
    const { settings, traffic, verdict } = inputs;
    const rules = kernelOf(inputs);
    if (settings === undefined || rules === undefined) return [];
    if (verdict === undefined)
      return [violation("verdict", "is missing, so that nobody knows whether the settings carry the load", again)];
    switch (verdict.outcome) {
      case "passed":
        break;
      case "notJudged":
        if (!acceptNotJudged || traffic !== undefined)
          return [
            violation(
              "verdict.outcome",
              traffic === undefined
                ? "says that no traffic was declared to judge by"
                : "says that the declared traffic was not judged",
              traffic === undefined ? "Declare the host's traffic." : again,
              verdict.outcome,
            ),
          ];
        break;
      default:
        return [
          violation(
            "verdict.outcome",
            "says that the settings do not carry the declared traffic",
            "Leave settings out for the model's numbers, or do what the verdict names.",
            verdict.outcome,
          ),
        ];
    }
    return verdict.settingsHash === settingsHash({ era: rules.era, settings, traffic })
      ? []
      : [violation("verdict.settingsHash", "belongs to other settings than these", again)];
  },
});
