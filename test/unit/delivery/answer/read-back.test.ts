import fc from "fast-check";
import { answerMarker, parseFacts, parseFailure, parseReadBack } from "../../../../src/delivery/answer/parse";
import { ProblemsError } from "../../../../src/validation/problems";

const printed = {
  command: "apply",
  changed: true,
  previous: { max: 65536 },
  presence: "module",
  kernel: "6.1.0-50-amd64",
  memTotalKiB: 8025292,
  entries: 10,
  settings: { max: 262144, nf_conntrack_acct: 0, nf_conntrack_events: 2 },
  found: ["modules:nft_ct,nf_nat,", "Name:?dockerd", "Name:?dockerd", "sysctl.d/50-other.conf", "nftables.conf"],
  warnings: ["changed-since:max", ""],
  owner: "shop/prod/web1/1",
  ...{ insert_failed: 4, drop: 3, early_drop: 2 },
};
const lineOf = (answer: unknown): string => `${answerMarker} ${JSON.stringify(answer)}`;

test("flags, findings and the status are sorted out of what the script prints", () => {
  expect(parseReadBack(lineOf(printed))).toEqual({
    command: "apply",
    status: "active",
    changed: true,
    presence: "module",
    kernel: "6.1.0-50-amd64",
    memTotalKiB: 8025292,
    entries: 10,
    settings: { max: 262144 },
    previous: { max: 65536 },
    flags: { acct: 0, events: 2 },
    loadedBy: ["module:nft_ct", "module:nf_nat", "process:dockerd", "file:/etc/nftables.conf"],
    competingWriters: ["/etc/sysctl.d/50-other.conf"],
    drift: [],
    formerOwner: "shop/prod/web1/1",
    counters: { insertFailed: 4, drops: 3, earlyDrops: 2 },
    warnings: [
      {
        code: "changed-since",
        detail: "max",
        text: "max was changed by someone else since we set it: it was left alone.",
      },
    ],
  });
});

test("an answer that tells neither owner nor counters says nothing of them", () => {
  const { owner: _owner, insert_failed: _failed, drop: _drop, early_drop: _early, ...older } = printed;
  expect(parseReadBack(lineOf(older))).toMatchObject({ counters: {} });
  expect(parseReadBack(lineOf(older))).not.toHaveProperty("formerOwner");
});

test.each([-1, 1.5, "12", 2 ** 60])("a counter of %s is refused", (drop) => {
  expect(() => parseReadBack(lineOf({ ...printed, drop }))).toThrow(ProblemsError);
});

test("files of the vendor and of the running system are named by their own folder", () => {
  const found = ["../run/sysctl.d/a.conf", "../usr/lib/sysctl.d/b.conf", "sysctl.d/zz-pulumi-conntrack.conf"];
  expect(parseReadBack(lineOf({ ...printed, found })).competingWriters).toEqual([
    "/run/sysctl.d/a.conf",
    "/usr/lib/sysctl.d/b.conf",
  ]);
});

test.each([
  [{ command: "apply", presence: "notLoaded" }, "inactive", ["not-loaded"]],
  [{ command: "restore", changed: true }, "restored", []],
  [{ command: "restore", changed: false }, "untouched", ["token-missing"]],
  [{ command: "restore", changed: false, warnings: ["token-foreign:a/b/c"] }, "untouched", ["token-foreign"]],
])("%j is %s", (change, status, codes) => {
  const answer = parseReadBack(lineOf({ ...printed, warnings: [], ...change }));
  expect(answer.status).toBe(status);
  expect(answer.warnings.map(({ code }) => code)).toEqual(codes);
});

test("noise of the login shell around the answer is skipped, and the last answer counts", () => {
  const noise = fc.string().filter((text) => !text.includes(answerMarker));
  fc.assert(
    fc.property(noise, noise, (before, after) => {
      const stale = lineOf({ ...printed, kernel: "stale" });
      const text = `${before}\n${stale}\n${before}${lineOf(printed)}\r\n${after.replace(/\n/g, " ")}\n`;
      expect(parseReadBack(text).kernel).toBe("6.1.0-50-amd64");
    }),
  );
});

test("whatever a host prints, the answer is typed or a problem is named", () => {
  const attempt = (text: string): void => {
    for (const parse of [parseReadBack, parseFacts])
      try {
        parse(text);
      } catch (error) {
        expect(error).toBeInstanceOf(ProblemsError);
      }
  };
  fc.assert(fc.property(fc.string(), attempt));
  fc.assert(fc.property(fc.json(), (json) => attempt(`${answerMarker} ${json}`)));
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(printed)), fc.jsonValue(), (key, value) =>
      attempt(lineOf({ ...printed, [key]: value })),
    ),
  );
});

test.each([
  ["nothing", ""],
  ["a banner", "Welcome to Debian\n"],
  ["half a line", lineOf(printed).slice(0, 100)],
  ["a list", `${answerMarker} []`],
  ["a key too many", lineOf({ ...printed, extra: 1 })],
  ["a text for a number", lineOf({ ...printed, memTotalKiB: "8025292" })],
])("%s is no answer", (_, text) => {
  expect(() => parseReadBack(text)).toThrow(ProblemsError);
});

test("the reason of a failure is the last line of standard error", () => {
  const stderr =
    "motd: hello: world\nlook: max 4096 with 9000 entries cannot become 1024: raise max or set allowShrink\n";
  expect(parseFailure(stderr)).toEqual({
    step: "look",
    cause: "max 4096 with 9000 entries cannot become 1024",
    remedy: "raise max or set allowShrink",
  });
  expect(parseFailure("")).toBeUndefined();
  expect(parseFailure("sudo: a password is required\n")).toBeUndefined();
});
