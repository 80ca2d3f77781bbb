import { findRawWrites, settingOfFile, type RawWrite } from "../raw-writes/raw-writes";
import { commandTexts, copiesUnseen, destinationOf, isHostCommand } from "../subjects/resources";
import { commandRule, Level, nothingToConfigure, Place, Severity } from "../rule";
import type { CommandSubject } from "../subjects/subjects";

const source = "two writers of one setting overwrite each other at every boot, update and restore";
const remedy = "Remove it and declare the host as ConntrackTuning, with the numbers in its settings.";

type Finding = RawWrite & { readonly input: string };

const inTexts = (command: CommandSubject): readonly Finding[] =>
  commandTexts(command).flatMap(({ input, text, environment }) =>
    findRawWrites(text, environment).map((write) => ({ input, ...write })),
  );

const ontoFile = (command: CommandSubject): readonly Finding[] => {
  const setting = settingOfFile(destinationOf(command) ?? "");
  return setting === undefined ? [] : [{ input: "remotePath", setting, means: "a copy onto the kernel's file" }];
};

/** Files and folders from which a host reads settings when it boots. */
const settingsFolder =
  /^\/(?:etc|run|usr\/lib|usr\/local\/lib|lib)\/+(?:sysctl\.conf|(?:sysctl|modprobe|tmpfiles)\.d|udev\/+rules\.d)(?:\/|$)/;

export const forbidRawWrites = commandRule({
  name: "forbid-raw-writes",
  sentence:
    "No command writes connection tracking settings behind the component's back, nor does a copy, as far as the " +
    "program shows its text.",
  severity: Severity.Critical,
  level: Level.Mandatory,
  remedy,
  source,
  judgedOnlyIn: {
    places: [Place.Engine, Place.Stack],
    reason: "An inventory holds no commands.",
  },
  configuration: nothingToConfigure,
  judge: (command) =>
    isHostCommand(command)
      ? []
      : [...inTexts(command), ...ontoFile(command)].map(({ input, setting, means }) => ({
          path: input,
          // The text itself may hold a secret and is never shown.
          limit: `writes ${setting} by ${means}, behind the back of ConntrackTuning`,
          source,
          remedy,
        })),
  unseen: (command) =>
    copiesUnseen(command) && settingsFolder.test(destinationOf(command) ?? "")
      ? "It copies a file that the stack does not hold to where a host reads its settings. Read that file, or copy its text."
      : undefined,
});
