import * as z from "zod";
import { Level, Place, Severity, updateRule } from "../rule";

const source = "the policy limit-changed-hosts, maximumHosts";

/** Names in a message; the rest is counted. */
const namesShown = 5;

export const limitChangedHosts = updateRule({
  name: "limit-changed-hosts",
  sentence: "One update changes at most a set number of hosts.",
  severity: Severity.Medium,
  level: Level.Advisory,
  remedy: "Update in waves with `pulumi up --target`, or raise maximumHosts.",
  source: "a mistake reaches no more hosts than one update does",
  judgedOnlyIn: {
    places: [Place.Engine],
    reason: "A file does not show what the next update will change.",
  },
  configuration: z.strictObject({
    maximumHosts: z.int().min(1).default(20).describe("Hosts on which one update may run a command"),
  }),
  judge: (hosts, { maximumHosts }) => {
    // Resources are registered in any order; a message is the same at every run.
    const changed = hosts
      .filter(({ changes }) => changes)
      .map(({ name }) => name)
      .sort();
    if (changed.length <= maximumHosts) return [];
    const more = changed.length - namesShown;
    return [
      {
        path: "this update",
        limit:
          `changes ${changed.length} hosts (${changed.slice(0, namesShown).join(", ")}${more > 0 ? ` and ${more} more` : ""}), ` +
          `more than the ${maximumHosts} allowed at once`,
        source,
        remedy: "Update in waves with `pulumi up --target`, or raise maximumHosts.",
      },
    ];
  },
});
