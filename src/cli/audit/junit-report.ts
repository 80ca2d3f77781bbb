/** An audit as a JUnit report: a suite for each file, a case for each host and rule. */
import junit, { type TestSuite } from "junit-report-builder";
import { isFailure, type Judgement } from "../../../policies/audit/judge";
import { sentenceOf } from "../../../policies/violation";
import { printable } from "../../text/printable";
import { describeProblem } from "../../validation/problems";
import { validArguments, type AuditedFile } from "./audit-report";

/** The library ends a CDATA section rightly at the first `]]>` of a text only. */
const inCdata = (text: string): string => text.replaceAll("]]>", "]] >");

const addJudgement = (suite: TestSuite, file: string, judgement: Judgement): void => {
  const { rule, level, subject, violations, notJudged } = judgement;
  const testCase = suite
    .testCase()
    .className([file, subject].filter((part) => part !== undefined).join(" "))
    .name(`${rule.name}: ${rule.sentence}`);
  const text = violations.map(sentenceOf).join("\n");
  if (notJudged !== undefined && isFailure(judgement)) testCase.error(notJudged, rule.severity);
  else if (notJudged !== undefined) testCase.skipped().standardOutput(inCdata(notJudged));
  else if (violations.length > 0 && level === "mandatory") testCase.failure(text, rule.severity);
  else if (violations.length > 0) testCase.standardOutput(inCdata(`advisory: ${text}`));
};

/** The XML that CI servers read: broken mandatory rules are failures, those that encrypted values hide are errors. */
export const junitReport = (audited: readonly AuditedFile[]): string => {
  const builder = junit.newBuilder();
  for (const { file, kind, refused, judgements } of audited) {
    const suite = builder.testSuite().name(`${kind} ${file}`);
    for (const { name, problems } of refused)
      suite
        .testCase()
        .className(`${file} ${name}`)
        .name(`${validArguments}: The arguments of the host can be used.`)
        .failure(problems.map(describeProblem).join("\n"), "high");
    judgements.forEach((judgement) => addJudgement(suite, file, judgement));
  }
  return printable(builder.build());
};
