/** The settings that a configuration may name, on whatever kernel, and which one a misspelt name means. */
import { distance } from "fastest-levenshtein";
import type * as z from "zod";
import { TIMEOUTS } from "../../src/kernel/tables/timeouts";
import { shortTimeoutName } from "../../src/plan/timeout-plan";

/** `max` and `buckets` by every name of theirs. */
const tableSettings: Readonly<Record<string, "max" | "buckets">> = {
  max: "max",
  nf_conntrack_max: "max",
  ip_conntrack_max: "max",
  buckets: "buckets",
  nf_conntrack_buckets: "buckets",
  ip_conntrack_buckets: "buckets",
};

const timeoutNames = Object.keys(TIMEOUTS);
const shortTimeoutNames = new Set(timeoutNames.map(shortTimeoutName));

/** Sysctl names of timeouts, with or without `nf_conntrack_` or `ip_conntrack_`. */
const isTimeoutName = (name: string): boolean => shortTimeoutNames.has(shortTimeoutName(name));

/** `max` or `buckets` where the name means one of them. */
export const tableSetting = (name: string): "max" | "buckets" | undefined =>
  Object.hasOwn(tableSettings, name) ? tableSettings[name] : undefined;

/** A quarter of a name may be wrong; beyond that a suggestion is a guess. */
const mostWrong = (name: string): number => Math.max(1, Math.floor(name.length / 4));

const nearest = (name: string, candidates: readonly string[]): string | undefined => {
  const wanted = shortTimeoutName(name.replace(/^net[./](netfilter|ipv4)[./](netfilter[./])?/, ""));
  const [best] = candidates
    .map((candidate) => ({ candidate, wrong: distance(wanted, shortTimeoutName(candidate)) }))
    .sort((left, right) => left.wrong - right.wrong);
  return best !== undefined && best.wrong <= mostWrong(wanted) ? best.candidate : undefined;
};

const remedyFor = (name: string, tableNames: readonly string[]): string => {
  const found = nearest(name, [...tableNames, ...timeoutNames]);
  const also = tableNames.length === 0 ? "" : "max, buckets or ";
  return found === undefined
    ? `Write ${also}the sysctl name of a timeout; \`pulumi-conntrack timeouts\` prints them.`
    : `Write ${found}.`;
};

type Refinement = (given: Readonly<Record<string, unknown>>, context: z.RefinementCtx) => void;

const knownNames =
  (what: string, tableNames: readonly string[]): Refinement =>
  (given, context) => {
    for (const name of Object.keys(given))
      if (!isTimeoutName(name) && !tableNames.includes(name))
        context.addIssue({
          code: "custom",
          path: [name],
          message: `is no ${what} of any kernel, so that no host would ever be judged by it`,
          params: { remedy: remedyFor(name, tableNames) },
        });
  };

/** Refuses keys that are neither `max`, `buckets` nor a timeout. */
export const knownSettings = knownNames("setting", Object.keys(tableSettings));

/** Refuses keys that are no timeout. */
export const knownTimeouts = knownNames("timeout", []);
