/** When a rollout may begin a wave. */
import * as z from "zod";
import type { Problem } from "../validation/problems";
import { argumentsContract, joinPath } from "../validation/validation";

/** Moments as ISO 8601 with an offset from UTC, `2026-12-01T22:00:00+01:00`; one that is absent limits nothing. */
export interface Window {
  readonly notBefore?: string;
  readonly notAfter?: string;
}

const moment = z.iso
  .datetime({
    offset: true,
    error: "must be a moment with its offset from UTC, such as 2026-12-01T22:00:00+01:00 or 2026-12-01T21:00:00Z",
  })
  .optional();

export const windowShape = { notBefore: moment, notAfter: moment } as const;

/** What is wrong with beginning a wave now; empty within the window. */
export const windowProblems = ({ notBefore, notAfter }: Window, now: Date, base = "rollout"): readonly Problem[] => {
  const problem = (key: keyof Window, value: string, order: string, remedy: string): Problem => ({
    path: joinPath(base, key),
    value,
    limit: `is ${order} now, ${now.toISOString().slice(0, 19)}Z: no wave begins`,
    source: argumentsContract,
    remedy,
  });
  return [
    ...(notBefore !== undefined && now < new Date(notBefore)
      ? [problem("notBefore", notBefore, "later than", "Run it again then, or remove rollout.notBefore.")]
      : []),
    ...(notAfter !== undefined && now > new Date(notAfter)
      ? [problem("notAfter", notAfter, "earlier than", "Give the next window, or remove rollout.notAfter.")]
      : []),
  ];
};
