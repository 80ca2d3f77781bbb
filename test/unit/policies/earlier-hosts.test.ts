/** Rules over a fleet take each host once: a hundred thousand hosts are judged in the time of a hundred thousand, not of ten billion. */
import { agreeWithinRole } from "../../../policies/rules/agree-within-role";
import type { HostInputs } from "../../../policies/subjects/subjects";
import { Role } from "../../../src/sizing/roles";
import { compliantHost } from "../../support/policies";

const entriesOf = (kernels: readonly string[], count: number) =>
  Array.from({ length: count }, (_, index) => {
    const kernel = kernels[index % kernels.length] ?? "";
    const inputs: HostInputs = { ...compliantHost, facts: { memoryMiB: 16384, arch: "x86_64", kernel, cores: 4 } };
    return agreeWithinRole.read({ name: `web${index}`, inputs });
  }).filter((entry) => entry !== undefined);

test("A host is compared with one host of each kernel, however many there are", () => {
  const earlier = agreeWithinRole.nobody();
  const entries = entriesOf(["3.10.0", "6.1.0"], 1000);
  entries.forEach(earlier.add);
  expect(earlier.firstsOfKernels(Role.Host).map(({ name }) => name)).toEqual(["web0", "web1"]);
  entries.slice(0, 1).forEach(earlier.remove);
  expect(earlier.firstsOfKernels(Role.Host).map(({ name }) => name)).toEqual(["web1", "web2"]);
});
