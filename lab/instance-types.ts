/**
 * Compares the table of instance types with what a vendor's command prints, a type on each line as `name,cores,MiB`:
 *
 *     aws ec2 describe-instance-types --output json |
 *       jq -r '.InstanceTypes[] | [.InstanceType, .VCpuInfo.DefaultVCpus, .MemoryInfo.SizeInMiB] | join(",")'
 *     gcloud compute machine-types list --format='csv[no-heading](name,guestCpus,memoryMb)'
 *     az vm list-sizes --location westeurope --output json | jq -r '.[] | [.name, .numberOfCores, .memoryInMB] | join(",")'
 *     hcloud server-type list --output json | jq -r '.[] | [.name, .cores, .memory * 1024] | join(",")'
 *
 * `npx ts-node lab/instance-types.ts <FILE` prints each type that differs, and exits 1 where one does.
 */
import fs from "node:fs";
import { typesOfPage } from "../src/sizing/instance-types/family";
import { vendorPages } from "../src/sizing/instance-types/instance-facts";

/** What differs, a sentence for each type; types that the table does not have are no difference. */
export const differences = (lines: string): readonly string[] => {
  const known = new Map(vendorPages.flatMap(typesOfPage).map((type) => [type.name.toLowerCase(), type]));
  return lines.split(/\r?\n/).flatMap((line) => {
    const [name = "", ...numbers] = line.split(",");
    const [cores = Number.NaN, mebibytes = Number.NaN] = numbers.map(Number);
    const type = known.get(name.toLowerCase());
    if (type === undefined) return [];
    // Vendors round fractions of a MiB up or down.
    const agrees = type.cores === cores && Math.abs(type.gib * 1024 - mebibytes) < 1;
    return agrees ? [] : [`${line}, and not ${type.cores} cores and ${type.gib * 1024} MiB`];
  });
};

if (require.main === module) {
  const found = differences(fs.readFileSync(0, "utf8"));
  process.stdout.write([...found, `${found.length} types differ.`, ""].join("\n"));
  process.exitCode = found.length === 0 ? 0 : 1;
}
