/** One machine under two names: each would undo what the other sets, and restore values that the other wrote. */
import { addressKey } from "../delivery/ssh/address";
import type { Connection } from "../delivery/ssh/connection";
import type { Problem } from "../validation/problems";
import { joinPath } from "../validation/validation";

interface NamedHost {
  readonly name: string;
  readonly connection: Connection;
  readonly decommissioned: boolean;
}

/** The address as seen from here: behind different bastions the same one is different machines. */
const placeOf = ({ bastion, ...target }: Connection): string =>
  [target, ...(bastion === undefined ? [] : [bastion])].map(addressKey).join(" by way of ");

/** A problem for each host whose address another one before it has; decommissioned ones may have passed theirs on. */
export const duplicateProblems = (hosts: readonly NamedHost[]): Problem[] => {
  const firstAt = new Map<string, string>();
  return hosts
    .filter(({ decommissioned }) => !decommissioned)
    .flatMap(({ name, connection }) => {
      const place = placeOf(connection);
      const first = firstAt.get(place);
      if (first === undefined) {
        firstAt.set(place, name);
        return [];
      }
      return [
        {
          path: joinPath("hosts", name, "connection", "host"),
          value: connection.host,
          limit: `is the address of ${joinPath("hosts", first)} too: ${place}`,
          source: "the contract of the inventory, docs/inventory.md",
          remedy: "Keep one of the two, or mark the one that no longer exists with decommissioned: true.",
        },
      ];
    });
};
