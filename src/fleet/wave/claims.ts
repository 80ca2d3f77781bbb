/** Which fleet of a program has which machine: in two of them it would get what the one and then the other wants. */
import type { HostRecord } from "../host-record";
import type { Problem } from "../../validation/problems";
import { joinPath } from "../../validation/validation";
import { fleetOfWave } from "../waves";
import type { WaveInputs } from "./wave-inputs";

interface Claim {
  readonly fleet: string;
  readonly name: string;
}

/** Remembers, for the life of the plugin's process, what the program has said so far. */
export const createClaims = () => {
  const claims = new Map<string, Claim>();
  /** A problem for each host whose address another fleet has. */
  return (
    { wave, connections }: Pick<WaveInputs, "wave" | "connections">,
    records: Readonly<Record<string, HostRecord>>,
  ): readonly Problem[] => {
    const fleet = fleetOfWave(wave);
    return Object.entries(records).flatMap(([name, { host, port, connection }]) => {
      const bastion = typeof connection === "string" ? connections[connection]?.bastion : undefined;
      const place = JSON.stringify([host, port ?? 22, bastion?.host, bastion?.port]);
      const claim = claims.get(place);
      if (claim === undefined) claims.set(place, { fleet, name });
      if (claim === undefined || claim.fleet === fleet) return [];
      return [
        {
          path: joinPath("hosts", name, "connection", "host"),
          value: host,
          limit: `is the address of ${claim.name} in the fleet ${claim.fleet} too`,
          source: "docs/fleet.md",
          remedy: "Keep the host in one of the two fleets.",
        },
      ];
    });
  };
};
