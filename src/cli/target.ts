/** The target state as `plan --files` prints it. */
import type { PlanForKernel } from "../plan/plan";
import { fileText } from "../target/file-text";
import { ModuleState, type TargetFile } from "../target/files";
import { targetRequest } from "../target/from-plan";
import { targetState, type TargetState } from "../target/target";
import { renderTable } from "./table";

/** A target state with the text of each file in the place of its lines. */
export type PrintedTarget = Omit<TargetState, "files"> & {
  readonly files: readonly (Omit<TargetFile, "lines"> & { readonly text: string })[];
};

export const plannedTarget = (planned: PlanForKernel): PrintedTarget => {
  const target = targetState(targetRequest(planned));
  return {
    ...target,
    files: target.files.map(({ lines, ...file }) => ({
      ...file,
      text: fileText({ ...file, lines }, planned.rules, target.settings),
    })),
  };
};

const stateNames: Readonly<Record<ModuleState, string>> = {
  [ModuleState.Module]: "loaded",
  [ModuleState.ModuleInUse]: "loaded and in use",
  [ModuleState.Builtin]: "built in",
  [ModuleState.NotLoaded]: "not loaded",
};

const heading = ({ path, part, states }: TargetFile | PrintedTarget["files"][number]): string =>
  `== ${path}${part === "block" ? " (these lines in a file of others, where it exists)" : ""}, ` +
  `where the module is ${states.map((state) => stateNames[state]).join(", ")}:`;

/** For people: values in the order in which they grow, what must be true first, and each file with its text. */
export const renderTarget = ({ live, guards, files }: PrintedTarget): string =>
  [
    renderTable(
      ["VALUE", "SET TO", "IN"],
      live.growing.map(({ key, path, value }) => [key, value, path] as [string, number, string]),
    ),
    "Growing in this order; shrinking: timeouts, max, buckets.",
    "",
    `Refused where RAM is below ${guards.minimumRamKiB} KiB, ` +
      `RAM (low memory on 32 bits) below ${guards.minimumLowKiB} KiB, less than ${guards.minimumFreeKiB} KiB is free for a ` +
      `new table, or the kernel is of another era than ${guards.era.module}` +
      (guards.maximumEntries === undefined
        ? "."
        : `; where a network namespace holds more than ${guards.maximumEntries} entries, or max would shrink.`),
    "",
    ...files.flatMap((file) => [heading(file), file.text]),
  ].join("\n");
