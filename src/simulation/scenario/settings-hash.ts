/** The name of what a verdict judged: another setting, kernel era or traffic, another hash. */
import { sha256 } from "@noble/hashes/sha2";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils";
import type { Settings } from "../../kernel/settings";

/** What the simulation judged. */
export interface JudgedSettings {
  /** `KernelRules.era`. */
  readonly era: string;
  /** `Plan.settings`. */
  readonly settings: Settings;
  /** The declared traffic as it stands in the arguments; undefined where none is declared. */
  readonly traffic?: unknown;
}

/** JSON with the keys of every object in order and without undefined values: equal values give equal text. */
const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
  return `{${fields.join(",")}}`;
};

/** SHA-256 in hexadecimal over the canonical JSON of any plain value. */
export const hashOf = (value: unknown): string => bytesToHex(sha256(utf8ToBytes(canonicalJson(value))));

/** The hash of what was judged; any further field of the object is left out. */
export const settingsHash = ({ era, settings, traffic }: JudgedSettings): string => {
  const { max, buckets, timeouts } = settings;
  return hashOf({ era, settings: { max, buckets, timeouts }, traffic });
};
