/** Judges a file without any engine, with the very rules of the pack. */
import { judgeAmongEarlier, type JudgeAmongEarlier } from "../earlier-hosts";
import { Level, reasonNotJudged, type Place, type Rule } from "../rule";
import type { SelectedRule } from "../presets/selection";
import type { CommandSubject, FilePart, HostSubject, RefusedHost } from "../subjects/subjects";
import type { Violation } from "../violation";

/** What a file holds, ready to be judged. */
export interface AuditDocument {
  readonly place: Place;
  readonly hosts: readonly HostSubject[];
  readonly commands: readonly CommandSubject[];
  readonly refused: readonly RefusedHost[];
  readonly parts: readonly FilePart[];
}

/** Thrown by a value that stands encrypted in a file; the rule that wants it cannot be judged. */
export class WithheldValueError extends Error {
  override readonly name = "WithheldValueError";
  constructor(readonly path: string) {
    super(`${path} is encrypted in the file.`);
  }
}

/** What one rule says of one host, command or file. */
export interface Judgement {
  readonly rule: Rule;
  readonly level: Level;
  /** Name of the host or command; undefined where the rule could not be judged for the whole file. */
  readonly subject?: string;
  readonly violations: readonly Violation[];
  /** Why there is no judgement, as a sentence. */
  readonly notJudged?: string;
  /** Path of the encrypted value for want of which there is no judgement; undefined where the rule is not for this place. */
  readonly withheld?: string;
}

/** True where an audit cannot pass: a mandatory rule is broken, or it cannot be judged because a value is encrypted. */
export const isFailure = ({ level, violations, withheld }: Judgement): boolean =>
  level === Level.Mandatory && (violations.length > 0 || withheld !== undefined);

const attempt = (
  { rule, level }: SelectedRule,
  subject: string,
  judge: () => readonly Violation[],
  unseen: () => string | undefined = () => undefined,
): Judgement => {
  try {
    return { rule, level, subject, violations: judge(), notJudged: unseen() };
  } catch (error) {
    if (!(error instanceof WithheldValueError)) throw error;
    return { rule, level, subject, violations: [], notJudged: error.message, withheld: error.path };
  }
};

const judgeRule = (
  document: AuditDocument,
  selected: SelectedRule,
  amongEarlier: JudgeAmongEarlier | undefined,
): readonly Judgement[] => {
  const { rule, level, configuration } = selected;
  const notJudged = reasonNotJudged(rule, document.place);
  if (notJudged !== undefined) return [{ rule, level, violations: [], notJudged }];
  switch (rule.subject) {
    case "host":
      return document.hosts.map((host) => attempt(selected, host.name, () => rule.judge(host, configuration)));
    case "command":
      return document.commands.map((command) =>
        attempt(
          selected,
          command.name,
          () => rule.judge(command, configuration),
          () => rule.unseen?.(command),
        ),
      );
    case "fleet":
      return document.hosts.map((host) =>
        attempt(
          selected,
          host.name,
          () => amongEarlier?.(host.identity ?? Symbol(host.name), host, configuration) ?? [],
        ),
      );
    case "file":
      return document.parts.map((part) => attempt(selected, part.name, () => rule.judge(part, configuration)));
    case "update":
      return [];
  }
};

/**
 * A judge of one file after the other: every judgement of every rule that is not disabled, in the order of the rules.
 * All files are one fleet; a host that stands in two of them counts once, as the later one has it.
 */
export const documentJudge = (
  selected: readonly SelectedRule[],
): ((document: AuditDocument) => readonly Judgement[]) => {
  const applied = selected
    .filter(({ level }) => level !== Level.Disabled)
    .map((each) => ({
      each,
      // Hosts of this file and of earlier ones.
      amongEarlier: each.rule.subject === "fleet" ? judgeAmongEarlier(each.rule) : undefined,
    }));
  return (document) => applied.flatMap(({ each, amongEarlier }) => judgeRule(document, each, amongEarlier));
};
