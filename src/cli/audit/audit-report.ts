/** What an audit found, as the JSON of the contract and as text for people. */
import { isFailure, type Judgement } from "../../../policies/audit/judge";
import type { RefusedHost } from "../../../policies/subjects/subjects";
import { sentenceOf } from "../../../policies/violation";
import { describeProblem } from "../../validation/problems";

/** One file with all that was judged in it. */
export interface AuditedFile {
  readonly file: string;
  readonly kind: "inventory" | "exported stack";
  readonly hosts: number;
  readonly commands: number;
  /** Hosts that cannot be judged because of mistakes in them; each is a failure. */
  readonly refused: readonly RefusedHost[];
  readonly judgements: readonly Judgement[];
}

/** One breach of a rule. */
interface Finding {
  readonly file: string;
  /** Host or command. */
  readonly subject: string;
  readonly rule: string;
  readonly level: string;
  readonly severity: string;
  readonly path: string;
  /** The whole sentence: value, limit, source, what to write instead. */
  readonly message: string;
}

/** A rule that could not be judged. */
interface NotJudged {
  readonly file: string;
  readonly subject?: string;
  readonly rule: string;
  readonly level: string;
  readonly reason: string;
  /** True where `passed` is false for this: the rule is mandatory and a value that it needs is encrypted. */
  readonly failed: boolean;
}

/** What `audit --json` prints. */
export interface AuditReport {
  /** True where every mandatory rule is kept; false also where an encrypted value keeps one from being judged. */
  readonly passed: boolean;
  readonly files: readonly Pick<AuditedFile, "file" | "kind" | "hosts" | "commands">[];
  readonly findings: readonly Finding[];
  readonly notJudged: readonly NotJudged[];
  /** What the files can and cannot prove. */
  readonly notes: readonly string[];
}

/** Name under which a host that cannot be planned is reported, beside the rules. */
export const validArguments = "valid-arguments";

const proofs: Readonly<Record<AuditedFile["kind"], string>> = {
  inventory: "is an inventory: it proves what is to be set, not what any host has now.",
  "exported stack":
    "is an exported stack: it proves what was intended at the last update, not what any host has now; a host may have " +
    "been changed by hand, reinstalled or rebooted since.",
};

const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? "" : "s"}`;

const findingsOf = ({ file, refused, judgements }: AuditedFile): Finding[] => [
  ...refused.flatMap(({ name, problems }) =>
    problems.map((problem) => ({
      file,
      subject: name,
      rule: validArguments,
      level: "mandatory",
      severity: "high",
      path: problem.path,
      message: describeProblem(problem),
    })),
  ),
  ...judgements.flatMap(({ rule, level, subject = "", violations }) =>
    violations.map((violation) => ({
      file,
      subject,
      rule: rule.name,
      level,
      severity: rule.severity,
      path: violation.path,
      message: sentenceOf(violation),
    })),
  ),
];

const notJudgedIn = ({ file, judgements }: AuditedFile): NotJudged[] =>
  judgements.flatMap((judgement) => {
    const { rule, level, subject, notJudged } = judgement;
    if (notJudged === undefined) return [];
    const about = { file, ...(subject === undefined ? {} : { subject }), rule: rule.name, level };
    return [{ ...about, reason: notJudged, failed: isFailure(judgement) }];
  });

const encryptedNote = (audited: AuditedFile): string[] => {
  const failed = notJudgedIn(audited).filter((each) => each.failed).length;
  return failed === 0
    ? []
    : [
        `${audited.file} does not pass, because ${count(failed, "judgement")} by mandatory rules could not be made on ` +
          "encrypted values. Audit the inventory instead, or what `pulumi stack export --show-secrets` prints; delete " +
          "that file afterwards, and disable encrypt-secrets for it.",
      ];
};

const notesOf = (audited: AuditedFile): string[] => {
  const { file, kind, hosts, commands } = audited;
  return [
    `${file} ${proofs[kind]}`,
    ...encryptedNote(audited),
    ...(hosts + commands === 0 ? [`${file} holds no tuned host and no command, so that nothing was judged.`] : []),
  ];
};

/** True where a mandatory rule is broken or cannot be judged for an encrypted value, or a host cannot be planned. */
export const failedOn = ({ refused, judgements }: AuditedFile): boolean =>
  refused.length > 0 || judgements.some(isFailure);

/** The audit as data. */
export const auditReport = (audited: readonly AuditedFile[]): AuditReport => ({
  passed: !audited.some(failedOn),
  files: audited.map(({ file, kind, hosts, commands }) => ({ file, kind, hosts, commands })),
  findings: audited.flatMap(findingsOf),
  notJudged: audited.flatMap(notJudgedIn),
  notes: audited.flatMap(notesOf),
});

/** The audit as text: one block for each finding, then what was not judged, then what the files prove. */
export const renderAudit = (audited: readonly AuditedFile[]): string => {
  const { files, findings, notJudged, notes } = auditReport(audited);
  const mandatory = findings.filter(({ level }) => level === "mandatory").length;
  const unjudged = notJudged.filter(({ failed }) => failed).length;
  const hosts = files.reduce((sum, file) => sum + file.hosts, 0);
  const commands = files.reduce((sum, file) => sum + file.commands, 0);
  return [
    ...findings.map(
      ({ file, subject, rule, level, severity, message }) =>
        `${file}: ${subject}: ${rule} [${level}, ${severity}]\n  ${message}`,
    ),
    ...notJudged.map(
      ({ file, subject, rule, reason }) =>
        `${file}: ${subject === undefined ? "" : `${subject}: `}${rule} was not judged. ${reason}`,
    ),
    ...notes.map((note) => `Note: ${note}`),
    `${count(hosts, "host")} and ${count(commands, "command")} judged: ${count(mandatory, "mandatory rule")} broken, ` +
      count(findings.length - mandatory, "advisory finding") +
      `${unjudged === 0 ? "" : `, ${count(unjudged, "mandatory judgement")} missing`}.`,
    "",
  ].join("\n");
};
