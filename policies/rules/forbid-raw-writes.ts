import { findRawWrites } from "../raw-writes";
import { commandTexts, isHostCommand } from "../resources";
import { commandRule, Level, nothingToConfigure, Place, Severity } from "../rule";

const source = "two writers of one setting overwrite each other at every boot, update and restore";

export const forbidRawWrites = commandRule({
  name: "forbid-raw-writes",
  sentence: "No command and no copied file writes connection tracking settings behind the component's back.",
  severity: Severity.Critical,
  level: Level.Mandatory,
  remedy: "Remove it and declare the host as ConntrackTuning, with the numbers in its settings.",
  source,
  judgedOnlyIn: {
    places: [Place.Engine, Place.Stack],
    reason: "An inventory holds no commands.",
  },
  configuration: nothingToConfigure,
  judge: (command) =>
    isHostCommand(command)
      ? []
      : commandTexts(command).flatMap(({ input, text }) =>
          findRawWrites(text).map(({ setting, means }) => ({
            path: input,
            // The text itself may hold a secret and is never shown.
            limit: `writes ${setting} by ${means}, behind the back of ConntrackTuning`,
            source,
            remedy: "Remove it and declare the host as ConntrackTuning, with the numbers in its settings.",
          })),
        ),
});
