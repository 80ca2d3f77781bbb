/** What a machine is made of whose instance type is known, before the machine exists. */
import { distance } from "fastest-levenshtein";
import { KiB } from "../../text/units";
import { invalid, valid, type Checked } from "../../validation/validation";
import { aws } from "./aws";
import { azure } from "./azure";
import { typesOfPage, type InstanceType, type VendorPage } from "./family";
import { google } from "./google";
import { hetzner } from "./hetzner";

/** Every page that the table was made from. */
export const vendorPages: readonly VendorPage[] = [...aws, ...google, ...azure, ...hetzner];

/** The facts of a host that follow from its instance type. */
export interface InstanceFacts {
  /**
   * RAM in MiB as the vendor states it; of machines with less than 2 GiB 96 MiB less, so that the MemTotal of each
   * reaches the part of it that sizing counts on.
   */
  readonly memoryMiB: number;
  /** What `uname -m` prints. */
  readonly arch: string;
  /** Virtual processors, or hardware threads of bare metal. */
  readonly cores: number;
}

/**
 * Firmware and kernel take about as much of a small machine as of a greater one. Of the 512 MiB of a t3.nano
 * 417 are left (120331 pages, 13604 of them reserved: aws/amazon-ssm-agent, issue 615), less than the 90 % that sizing
 * counts on; from 2 GiB on the same loss is within the tenth.
 */
const smallMachineMiB = 2 * KiB;
const lossOfSmallMachinesMiB = 96;

const memoryMiB = (gib: number): number => {
  const nominalMiB = Math.floor(gib * KiB);
  return nominalMiB < smallMachineMiB ? nominalMiB - lossOfSmallMachinesMiB : nominalMiB;
};

const factsOf = ({ gib, arch, cores }: InstanceType): InstanceFacts => ({ memoryMiB: memoryMiB(gib), arch, cores });

let table: ReadonlyMap<string, InstanceFacts> | undefined;

/** Made when it is first asked: most programs name no type. */
const factsByName = (): ReadonlyMap<string, InstanceFacts> =>
  (table ??= new Map(vendorPages.flatMap(typesOfPage).map((type) => [type.name, factsOf(type)])));

/** The names of all known types of AWS, Google, Azure and Hetzner, as their vendors write them. */
export const instanceTypes = (): readonly string[] => [...factsByName().keys()];

/** A quarter of a name may be wrong; beyond that a suggestion is a guess. */
const mostWrong = (name: string): number => Math.max(1, Math.floor(name.length / 4));

/** No vendor's names are longer; a longer word is not compared with all of them. */
const longestName = 64;

const suggestions = 3;

/** Types that begin with the word are near: of `Standard_D4s` only the version is missing. */
const nearestTypes = (name: string): readonly string[] => {
  if (name === "" || name.length > longestName) return [];
  const wanted = name.toLowerCase();
  return instanceTypes()
    .map((type) => ({ known: type, lower: type.toLowerCase() }))
    .map(({ known, lower }) => ({ known, wrong: lower.startsWith(wanted) ? 0 : distance(wanted, lower) }))
    .filter(({ wrong }) => wrong <= mostWrong(name))
    .sort((left, right) => left.wrong - right.wrong)
    .slice(0, suggestions)
    .map(({ known }) => known);
};

/** Made when there is something to say: it loads Intl's data, which takes 10 ms. */
const listed = (names: readonly string[]): string => new Intl.ListFormat("en", { type: "disjunction" }).format(names);

const remedyFor = (name: string): string => {
  const near = nearestTypes(name);
  const meant = near.length === 0 ? "" : `Did you mean ${listed(near)}? Otherwise declare `;
  return `${meant || "Declare "}memoryMiB and arch instead, or leave facts out where the host itself is asked.`;
};

/**
 * RAM, machine and cores of an instance type.
 * @param instanceType as its vendor writes it: `m5.large`, `n2-standard-4`, `Standard_D4s_v5`, `cx22`
 * @returns a problem that names the nearest known types where there is none of this name
 */
export const instanceFacts = (instanceType: string): Checked<InstanceFacts> => {
  const known = factsByName().get(instanceType);
  if (known !== undefined) return valid(known);
  return invalid([
    {
      path: "instanceType",
      value: instanceType,
      limit: "is no type of AWS, Google, Azure or Hetzner that is known here",
      source: "the table of instance types, docs/arguments.md",
      remedy: remedyFor(instanceType),
    },
  ]);
};
