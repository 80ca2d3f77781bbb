/** An audit as a JUnit report: a suite for each file, a case for each host and rule. */
import { isFailure, type Judgement } from "../../../policies/audit/judge";
import { sentenceOf } from "../../../policies/violation";
import { describeProblem } from "../../validation/problems";
import { junitXml, type JunitCase } from "../junit";
import { validArguments, type AuditedFile } from "./audit-report";

const endOf = (judgement: Judgement): Partial<JunitCase> => {
  const { rule, level, violations, notJudged } = judgement;
  const text = violations.map(sentenceOf).join("\n");
  const type = rule.severity;
  if (notJudged !== undefined)
    return isFailure(judgement) ? { error: notJudged, type } : { isSkipped: true, said: notJudged };
  if (violations.length === 0) return {};
  return level === "mandatory" ? { failure: text, type } : { said: `advisory: ${text}` };
};

const judgementCase = (file: string, judgement: Judgement): JunitCase => {
  const { rule, subject } = judgement;
  return {
    className: [file, subject].filter((part) => part !== undefined).join(" "),
    name: `${rule.name}: ${rule.sentence}`,
    ...endOf(judgement),
  };
};

/** Broken mandatory rules are failures, those that encrypted values hide are errors. */
export const junitReport = (audited: readonly AuditedFile[]): string =>
  junitXml(
    audited.map(({ file, kind, refused, judgements }) => ({
      name: `${kind} ${file}`,
      cases: [
        ...refused.map(({ name, problems }) => ({
          className: `${file} ${name}`,
          name: `${validArguments}: The arguments of the host can be used.`,
          failure: problems.map(describeProblem).join("\n"),
          type: "high",
        })),
        ...judgements.map((judgement) => judgementCase(file, judgement)),
      ],
    })),
  );
