/** A project, a stack and a name own a host, whatever wave of a roll-out the host is in. */
import { applyCommand, restoreCommand } from "../../src/delivery/script/command-line";
import { grown } from "../support/planned-requests";
import { answerOf, codesOf, hostWith, refusalOf } from "./script-run";
import { shells } from "./simulated-host";
import { modernModule } from "./simulated-kernels";

const journal = "var/lib/pulumi-conntrack/journal";
const owner = "project/stack/web1";
const applyAs = (token: string): string => applyCommand({ ...grown, token });
const restoreAs = (token: string): string => restoreCommand({ sudo: false, token });

describe.each(shells)("in %s", (shell) => {
  test.each([
    ["its first wave", owner, `${owner}/canary`],
    ["another wave", `${owner}/canary`, `${owner}/all`],
    ["no wave any more", `${owner}/all`, owner],
  ])(
    "a host that comes to %s keeps its originals, and the former owner's restore changes nothing",
    (_, former, later) => {
      const host = hostWith(modernModule);
      const before = host.snapshot("");
      answerOf(host, applyAs(former), { shell });
      expect(answerOf(host, applyAs(later), { shell })).toMatchObject({ changed: true, warnings: [] });
      expect(host.read(journal)).toContain(`2:${later} nf_conntrack`);
      const tuned = host.snapshot("");
      const answer = answerOf(host, restoreAs(former), { shell });
      expect(answer).toMatchObject({ status: "untouched", changed: false });
      expect(codesOf(answer)).toEqual([`token-foreign:${later}`]);
      expect(host.snapshot("")).toEqual(tuned);
      expect(answerOf(host, restoreAs(later), { shell })).toMatchObject({ status: "restored" });
      expect(host.withoutAudit()).toEqual(before);
    },
  );

  describe("with adopt", () => {
    const former = "project/old/gate1/canary";
    const tuned = () => {
      const host = hostWith(modernModule);
      const before = host.snapshot("");
      answerOf(host, applyAs(former), { shell });
      return { host, before };
    };
    const adopting = (adopt: string): string => applyCommand({ ...grown, token: `${owner}/1`, adopt });

    test.each(["any", "project/old/gate1"])(
      "%s, a host is taken over with the originals of its first owner",
      (adopt) => {
        const { host, before } = tuned();
        expect(answerOf(host, adopting(adopt), { shell })).toMatchObject({ formerOwner: former, changed: true });
        expect(codesOf(answerOf(host, restoreAs(former), { shell }))).toEqual([`token-foreign:${owner}/1`]);
        answerOf(host, restoreAs(`${owner}/1`), { shell });
        expect(host.withoutAudit()).toEqual(before);
      },
    );

    test.each(["project/old/gate", "project/old/gate11", "any/any/any", "old/gate1"])(
      "%s, a host of another owner is refused",
      (adopt) => {
        const { host } = tuned();
        const refusal = refusalOf(host, adopting(adopt), { shell });
        expect(refusal).toMatchObject({ step: "journal", remedy: "destroy that first" });
      },
    );

    test("any, a host that nobody has tuned is tuned as without it", () => {
      const host = hostWith(modernModule);
      expect(answerOf(host, adopting("any"), { shell })).toMatchObject({ formerOwner: "", changed: true });
    });
  });

  test("a wave that is called any adopts nobody", () => {
    const host = hostWith(modernModule);
    answerOf(host, applyAs(`${owner}/any`), { shell });
    expect(refusalOf(host, applyAs("project/stack/web2/any"), { shell })).toMatchObject({ step: "journal" });
  });

  test.each(["project/stack/web2", "project/other/web1", "another/stack/web1", "project/stack/web1x/canary"])(
    "%s is another owner",
    (token) => {
      const host = hostWith(modernModule);
      answerOf(host, applyAs(`${owner}/canary`), { shell });
      const refusal = refusalOf(host, applyAs(token), { shell });
      expect(refusal).toMatchObject({
        step: "journal",
        cause: expect.stringContaining(`${owner}/canary`) as string,
      });
    },
  );
});
