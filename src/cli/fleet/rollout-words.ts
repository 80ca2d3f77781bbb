/** What `rollout` says: before the waves, while they are at work, and of hosts that it cannot help. */
import { shellWord } from "../../delivery/ssh/address";
import { ownerOfHost } from "../../delivery/script/token";
import { wayOf, type Way } from "../../fleet/host-record";
import type { PreparedFleet, RolledWave } from "../../fleet/roll-out-fleet";
import type { RolloutMemory } from "../../fleet/rollout-memory";
import { wrap } from "../../text/wrap";
import type { RolloutOptions } from "./rollout-request";

/** The command line that goes on with a rollout. */
export const goOnCommand = (file: string, { state, owner, fleet, only, lanes }: RolloutOptions): string => {
  const flag = (name: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [name, value];
  const words = [
    ...["pulumi-conntrack", "rollout", file],
    ...[...flag("--state", state), ...flag("--owner", owner), ...flag("--fleet", fleet), ...flag("--lanes", lanes)],
    ...(only === undefined ? [] : ["--only", ...only]),
  ];
  return words.map(shellWord).join(" ");
};

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** Names that are printed of a wave; the rest is counted. */
const namesOfWave = 100;

const listed = (names: readonly string[]): string => {
  const more = names.length - namesOfWave;
  return names.slice(0, namesOfWave).join(", ") + (more > 0 ? ` and ${more} more` : "");
};

type WaveOfFleet = PreparedFleet["waves"][number];

const titleOf = ({ name, place }: Pick<WaveOfFleet, "name" | "place">): string =>
  place === "" ? `${name} (no wave any more)` : `${name} (wave ${place})`;

const indented = (line: string): string => line.replace(/^(?=.)/gm, "  ");

/** A wave, who is in it, and what changes. */
export const previewLines = ({ prepared, ...wave }: WaveOfFleet): readonly string[] => {
  const { hosts } = wave;
  const members = hosts.length === 0 ? "no host" : `${plural(hosts.length, "host")}: ${listed(hosts)}`;
  const lines = prepared.lines.filter((line) => !line.startsWith("wave "));
  const gates = prepared.lines.find((line) => line.startsWith("wave "))?.match(/, then (.*?): /)?.[1];
  return [
    `${titleOf(wave)}, ${members}`,
    ...(gates === undefined ? [] : [`  then ${gates}`]),
    ...(lines.length === 0 ? ["  nothing to do"] : lines.map(indented)),
  ];
};

const endings: Readonly<Record<RolledWave["result"], string>> = {
  passed: "passed",
  failed: "did not pass",
  unchanged: "nothing to do",
  notBegun: "not begun",
};

export const endLines = ({ name, result, reasons }: RolledWave): readonly string[] => [
  `${name}: ${endings[result]}`,
  ...reasons.map(indented),
];

const ownerInRefusal = /\bbelongs to ([A-Za-z0-9_.:=-]+\/[A-Za-z0-9_.:=-]+)\//g;

/** What to do about hosts that refused because they belong to somebody else, as far as the lines name whom. */
export const ownerLines = (lines: readonly string[], own: string): readonly string[] => {
  const owners = new Set(
    lines.flatMap((line) => [...line.matchAll(ownerInRefusal)].flatMap(([, owner = ""]) => owner)),
  );
  owners.delete(own);
  return [...owners].map(
    (owner) =>
      `Hosts of ${owner} are rolled out in its name only, with --owner ${owner}. That stack then takes what its own program ` +
      "does not say for drift, and its next update puts it back; adopt: true takes the hosts away from it.",
  );
};

/** As `restore` takes it. */
const addressOf = ({ host, port }: Pick<Way, "host" | "port">): string =>
  port === undefined ? host : `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** A command line for each host that left and for which no login is known. */
export const strandedLines = ({ owner, waves }: RolloutMemory): readonly string[] =>
  waves.flatMap(({ stranded }) =>
    Object.entries(stranded).flatMap(([name, { record }]) => [
      wrap(
        `${name} left the inventory, and defaults.connection names no login for it: it keeps its settings. This, with ` +
          "--user and --identity as it needs, puts it back; then give it an entry with decommissioned: true.",
      ),
      `  pulumi-conntrack restore ${shellWord(addressOf(wayOf(record)))} --owner ${shellWord(ownerOfHost(owner, name))}`,
    ]),
  );
