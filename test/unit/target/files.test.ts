/** The files of a target state as a person reads them: one snapshot for each way in which a module can be there. */
import type { ApplyRequest } from "../../../src/delivery/script/command-line";
import { fileText } from "../../../src/target/file-text";
import { ModuleState, targetFiles } from "../../../src/target/files";
import { grown, grownEnterprise7, grownLegacy } from "../../support/planned-requests";

const kernels: readonly (readonly [name: string, request: ApplyRequest])[] = [
  ["6.1", grown],
  ["3.10", grownEnterprise7],
  ["2.6.18", grownLegacy],
];

describe.each(kernels)("on %s", (_, { rules, settings }) => {
  test.each([
    ...Object.values(ModuleState).map((state) => [state, "", false] as const),
    [ModuleState.Module, ", to be loaded at each boot", true] as const,
  ])("the files for a module that is %s%s", (state, _loaded, loadModule) => {
    const texts = targetFiles(rules, loadModule)
      .filter(({ states }) => states.includes(state))
      .map((file) => `${file.part} ${file.path}\n${fileText(file, rules, settings)}`);
    expect(`\n${texts.join("\n")}`).toMatchSnapshot();
  });
});
