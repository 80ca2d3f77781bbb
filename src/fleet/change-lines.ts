/** Changes of a fleet as a person reads them in a terminal: hosts that agree in all of theirs are one paragraph. */
import { usualColumns, wrap } from "../text/wrap";
import { nameHosts, type HostChanges, type KeyChange } from "./host-changes";
import type { Place } from "./places";

/** `pulumi` indents diagnostics by four. */
const width = usualColumns - 4;

/** Paragraphs of a kind that are shown; the rest is counted. */
const paragraphsShown = 20;

const lineAt = (indent: number, text: string): string => wrap(text, " ".repeat(indent), width, " ".repeat(indent + 4));

const entry = ({ key, before, after }: KeyChange): string => {
  if (after === undefined) return `${key} ${before} -> its value before the tuning`;
  if (before === undefined) return `${key} ${after}`;
  return before === after ? `${key} ${after} (as it is)` : `${key} ${before} -> ${after}`;
};

const fileText = ({ path, notes }: Place): string => (notes.length > 0 ? `${path} (${notes.join(", ")})` : path);

/** Changes in the order in which they came, those that persist in the same files together. */
const sectionsOf = (changes: readonly KeyChange[]): readonly (readonly KeyChange[])[] => {
  const sections = new Map<string, KeyChange[]>();
  for (const change of changes) {
    const files = change.places.map(fileText).join();
    sections.set(files, [...(sections.get(files) ?? []), change]);
  }
  return [...sections.values()];
};

const inFiles = (indent: number, places: readonly Place[]): readonly string[] =>
  places.map((place) => lineAt(indent, `in ${fileText(place)}`));

const bodyOf = ({ changes, otherFiles }: HostChanges): readonly string[] => [
  ...sectionsOf(changes).flatMap((section) => [
    ...section.map((change) => lineAt(2, entry(change))),
    ...inFiles(4, section[0]?.places ?? []),
  ]),
  ...(otherFiles.length > 0 ? ["  and writes"] : []),
  ...otherFiles.map((place) => lineAt(4, fileText(place))),
];

/** One change that fits goes behind the names. */
const paragraph = (names: string, changed: HostChanges): string => {
  const [only, ...more] = changed.changes;
  const line = only && `${names}: ${entry(only)}`;
  if (changed.kind === "changed" && only !== undefined && line !== undefined && more.length === 0)
    if (line.length <= width) return [line, ...inFiles(2, only.places)].join("\n");
  const title = changed.kind === "added" ? `${names}: new` : `${names}:`;
  return [lineAt(0, title), ...bodyOf(changed)].join("\n");
};

const isThere = (value: string | undefined): value is string => value !== undefined;

/**
 * One paragraph for hosts whose changes are all the same, the largest groups first: `web1, web2: max 65536 -> 262144`,
 * and below it the file in which it persists. Hosts that leave are not in it.
 * @param showsAll the command that shows what is too much here
 */
export const describeChanges = (
  changed: readonly HostChanges[],
  showsAll = "pulumi preview --diff",
): readonly string[] =>
  (["changed", "added"] as const).flatMap((kind) => {
    const groups = new Map<string, { readonly first: HostChanges; readonly names: string[] }>();
    for (const each of changed) {
      if (each.kind !== kind) continue;
      const key = JSON.stringify(each.changes);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { first: each, names: [each.name] });
      else group.names.push(each.name);
    }
    const sorted = [...groups.values()].sort((one, other) => other.names.length - one.names.length);
    const [shown, rest] = [sorted.slice(0, paragraphsShown), sorted.slice(paragraphsShown)];
    const more = rest.flatMap(({ names }) => names).length;
    return [
      ...shown.map(({ first, names }) => paragraph(nameHosts(names), first)),
      more > 0 ? `and ${more} more hosts with other changes: see ${showsAll}` : undefined,
    ].filter(isThere);
  });
