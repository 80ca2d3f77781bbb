/** Names of hosts. */
import type { Problem } from "../validation/problems";

/** Names are part of the token on the host and of Pulumi's resource names. */
const hostNamePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;

/** What is wrong with a name; nothing for a good one. */
export const nameProblems = (name: string, path: string): Problem[] =>
  hostNamePattern.test(name)
    ? []
    : [
        {
          path,
          value: name,
          limit: "is no name of a host: letters, digits, dot, hyphen and underscore, at most 100",
          source: "the contract of the inventory, docs/inventory.md",
          remedy: "Choose such a name; the address belongs into connection.host.",
        },
      ];
