/** What a rule is: data about it, a schema of its configuration, and a pure function from plain values to violations. */
import * as z from "zod";
import type { CommandSubject, FilePart, HostSubject, UpdateSubject } from "./subjects/subjects";
import type { Violation } from "./violation";

/** What a violation does: nothing but a message, or an end of the preview, the update or the audit. */
export const Level = { Advisory: "advisory", Mandatory: "mandatory", Disabled: "disabled" } as const;
export type Level = (typeof Level)[keyof typeof Level];

/** How bad a violation is. */
export const Severity = { Low: "low", Medium: "medium", High: "high", Critical: "critical" } as const;
export type Severity = (typeof Severity)[keyof typeof Severity];

/** Where a rule finds what it judges: under the engine, in an inventory, in an exported stack. */
export const Place = { Engine: "engine", Inventory: "inventory", Stack: "stack" } as const;
export type Place = (typeof Place)[keyof typeof Place];

interface RuleDescription<Schema extends z.ZodObject> {
  /** Verb and noun in kebab case; the key of the rule in a configuration. */
  readonly name: string;
  /** One sentence: what is held to. */
  readonly sentence: string;
  readonly severity: Severity;
  /** Level unless a preset or a configuration says otherwise. */
  readonly level: Level;
  /** One sentence: what to do about a violation. */
  readonly remedy: string;
  /** Who says so. */
  readonly source: string;
  /** Everywhere where this is left out; `reason` says why not elsewhere, as a sentence. */
  readonly judgedOnlyIn?: { readonly places: readonly Place[]; readonly reason: string };
  /** Each key with its default and its description. */
  readonly configuration: Schema;
}

type Configuration<Schema extends z.ZodObject> = z.output<Schema>;

/** Judges one tuned host by itself. */
export interface HostRule<Schema extends z.ZodObject = z.ZodObject> extends RuleDescription<Schema> {
  readonly subject: "host";
  judge(host: HostSubject, configuration: Configuration<Schema>): readonly Violation[];
}

/**
 * The hosts before the one that is judged, in a form in which a rule finds what it looks for without looking at all of
 * them: a fleet has a hundred thousand.
 */
export interface EarlierHosts<Entry> {
  add(entry: Entry): void;
  /** Takes out an entry that was added. */
  remove(entry: Entry): void;
}

/** Judges a host together with those before it, so that a host that breaks the rule is reported before it is contacted. */
export interface FleetRule<
  Schema extends z.ZodObject = z.ZodObject,
  Entry = unknown,
  Earlier extends EarlierHosts<Entry> = EarlierHosts<Entry>,
> extends RuleDescription<Schema> {
  readonly subject: "fleet";
  /** What the rule needs of each host, read once; undefined where the host does not concern it. */
  read(host: HostSubject): Entry | undefined;
  /** A fleet without hosts. */
  nobody(): Earlier;
  judge(entry: Entry, earlier: Earlier, configuration: Configuration<Schema>): readonly Violation[];
}

/** Judges a command or a copied file. */
export interface CommandRule<Schema extends z.ZodObject = z.ZodObject> extends RuleDescription<Schema> {
  readonly subject: "command";
  judge(command: CommandSubject, configuration: Configuration<Schema>): readonly Violation[];
  /** What the rule would have to see and cannot, as a sentence for an audit; undefined where it sees all that it needs. */
  unseen?(command: CommandSubject): string | undefined;
}

/** Judges a whole preview: which hosts the update would change. */
export interface UpdateRule<Schema extends z.ZodObject = z.ZodObject> extends RuleDescription<Schema> {
  readonly subject: "update";
  judge(hosts: readonly UpdateSubject[], configuration: Configuration<Schema>): readonly Violation[];
}

/** Judges what stands in a file, whatever becomes of it; the engine knows no files. */
export interface FileRule<Schema extends z.ZodObject = z.ZodObject> extends RuleDescription<Schema> {
  readonly subject: "file";
  judge(part: FilePart, configuration: Configuration<Schema>): readonly Violation[];
}

export type Rule = HostRule | FleetRule | CommandRule | UpdateRule | FileRule;

/** Schema of a rule that has nothing to configure. */
export const nothingToConfigure = z.strictObject({});

/** Declares a rule about one host. */
export const hostRule = <Schema extends z.ZodObject>(rule: Omit<HostRule<Schema>, "subject">): HostRule<Schema> => ({
  ...rule,
  subject: "host",
});

/** Declares a rule about a host among others. */
export const fleetRule = <Schema extends z.ZodObject, Entry, Earlier extends EarlierHosts<Entry>>(
  rule: Omit<FleetRule<Schema, Entry, Earlier>, "subject">,
): FleetRule<Schema, Entry, Earlier> => ({ ...rule, subject: "fleet" });

/** Declares a rule about commands. */
export const commandRule = <Schema extends z.ZodObject>(
  rule: Omit<CommandRule<Schema>, "subject">,
): CommandRule<Schema> => ({ ...rule, subject: "command" });

/** Declares a rule about an update. */
export const updateRule = <Schema extends z.ZodObject>(
  rule: Omit<UpdateRule<Schema>, "subject">,
): UpdateRule<Schema> => ({ ...rule, subject: "update" });

/** Declares a rule about files. */
export const fileRule = <Schema extends z.ZodObject>(rule: Omit<FileRule<Schema>, "subject">): FileRule<Schema> => ({
  ...rule,
  subject: "file",
});

/** Why a rule cannot be judged at this place; undefined where it can. */
export const reasonNotJudged = ({ judgedOnlyIn }: Rule, place: Place): string | undefined =>
  judgedOnlyIn === undefined || judgedOnlyIn.places.includes(place) ? undefined : judgedOnlyIn.reason;
