import { differences } from "../../../lab/instance-types";

test("a type whose numbers are not those of the vendor is named with both", () => {
  // The second and third are wrong on purpose; the fourth, of Compute Engine's interface, is rounded up.
  const lines = [
    "m5.large,2,8192",
    "m5.xlarge,4,8192",
    "standard_d4s_v5,2,16384",
    "n1-highcpu-8,8,7373",
    "new.large,2,8192",
  ];
  expect(differences([...lines, ""].join("\r\n"))).toEqual([
    "m5.xlarge,4,8192, and not 4 cores and 16384 MiB",
    "standard_d4s_v5,2,16384, and not 4 cores and 16384 MiB",
  ]);
});

test("a type without numbers is named too", () => {
  expect(differences("m5.large")).toHaveLength(1);
});
