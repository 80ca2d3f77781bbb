/** Which answers count as those of a run, for command lines as they are sent. */
import { judgeAnswer } from "../../../../src/delivery/answer/judge";
import { parseReadBack } from "../../../../src/delivery/answer/parse";
import { applyCommand, restoreCommand, verifyCommand } from "../../../../src/delivery/script/command-line";
import { scriptIdentity } from "../../../../src/delivery/script/script";
import { grown } from "../../../support/planned-requests";
import { printedReadBack, type PrintedReadBack } from "../../../support/tuned-host";

const apply = applyCommand(grown);
const verify = verifyCommand({ ...grown, sudo: true });

const judge = (line: string, stdout: string): string => {
  const judged = judgeAnswer(line, stdout, parseReadBack);
  return judged.ok ? "done" : judged.message;
};

/** What a host that was set as asked says of its values. */
const valuesOf = (line: string): Record<string, number> => ({
  ...(JSON.parse(printedReadBack(line).replace(/^\S+ /, "")) as PrintedReadBack).settings,
});

const said = (line: string, changes: Partial<PrintedReadBack> = {}) => judge(line, printedReadBack(line, changes));

test("an answer with the values that were asked for is that of the run, whatever the login printed before it", () => {
  expect(said(apply)).toBe("done");
  expect(judge(apply, `${printedReadBack(apply, { settings: { max: 1 } })}Welcome!\n${printedReadBack(apply)}`)).toBe(
    "done",
  );
});

test("no answer, and one that was cut off, are none", () => {
  expect(judge(apply, "Welcome!\n")).toMatch(/^exited with 0 and gave no answer\. Let the login run commands/);
  expect(judge(apply, printedReadBack(apply).slice(0, 200))).toMatch(
    /^gave an answer that cannot be read: stdout must hold JSON after the marker\. Look at what its login/,
  );
});

test("other values than the planned ones, or none, are of another host or an older run", () => {
  expect(said(apply, { settings: { ...valuesOf(apply), max: 65536 } })).toMatch(
    /^gave an answer that is not of this run: it says max=65536, and 262144 must be there\. Look at what its login/,
  );
  expect(said(apply, { settings: {} })).toMatch(/it says \w+=nothing, and \d+ must be there/);
});

test("the answer of another command is not that of this one", () => {
  expect(judge(verify, printedReadBack(apply))).toMatch(/it is of the command apply, and verify was asked/);
  expect(judge(restoreCommand({ sudo: true, token: grown.token }), printedReadBack(apply))).toMatch(
    /it is of the command apply, and restore was asked/,
  );
});

test("the answer of another text of the script is not that of this one", () => {
  const script = { version: scriptIdentity.version, sha256: "0".repeat(64) };
  const printed = printedReadBack(apply).replace(
    '"command"',
    `"script":"${script.version}:${script.sha256}","command"`,
  );
  expect(judge(apply, printed)).toMatch(/it is of another text of the script \(version \d+\)/);
});

test("a reading may say other values where it names them as different", () => {
  const settings = { ...valuesOf(apply), max: 65536 };
  const drift = [{ key: "max", planned: "262144", found: "65536" }];
  expect(said(verify, { command: "verify", changed: false, settings, drift })).toBe("done");
  expect(said(verify, { command: "verify", changed: false, settings })).toMatch(/it says max=65536/);
});

test("a reading names as different only what was asked, with numbers that can be there; files by their path", () => {
  const differs = (key: string, found: string) =>
    said(verify, { command: "verify", changed: false, drift: [{ key, planned: "1", found }] });
  expect(differs("connection", "5")).toMatch(/it is about connection, which is not of the plan/);
  expect(differs("nf_conntrack_made_up", "5")).toMatch(/it is about nf_conntrack_made_up, which is not of the plan/);
  expect(differs("max", "many")).toMatch(/it says max=many, which is no number/);
  expect(differs("/etc/sysctl.d/zz-pulumi-conntrack.conf", "other content")).toBe("done");
});

test("a kernel that takes its buckets at load only, and a module that is not loaded, may have other values", () => {
  const atLoad = apply.replace("hashsize=live", "hashsize=load");
  expect(said(atLoad, { settings: { ...valuesOf(atLoad), buckets: 16384 } })).toBe("done");
  expect(said(apply, { status: "inactive", presence: "notLoaded", settings: {} })).toBe("done");
});
