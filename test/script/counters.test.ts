/** What every answer tells of packets and entries that were lost, summed over processors by the names of the columns. */
import { parseFacts, parseReadBack } from "../../src/delivery/answer/parse";
import { applyCommand, factsCommand, restoreCommand, verifyCommand } from "../../src/delivery/script/command-line";
import { hostScript } from "../../src/delivery/script/script";
import { grown } from "../support/planned-requests";
import { answerOf, hostWith } from "./script-run";
import { shells } from "./simulated-host";
import {
  legacyModule,
  modernModule,
  oldestStatHeader,
  olderStatHeader,
  statHeader,
  statistics,
} from "./simulated-kernels";

const file = "proc/net/stat/nf_conntrack";
const token = "project/stack/web1";
const commands = {
  apply: applyCommand({ ...grown, token }),
  verify: verifyCommand({ ...grown, token }),
  restore: restoreCommand({ sudo: false, token }),
};

const counts: Readonly<Record<string, readonly [number, number]>> = {
  // Beside each other in one column order, apart in another: names decide, and not places.
  delete_list: [7, 7],
  chainlength: [1, 2],
  insert_failed: [0x10, 0xffffffff],
  drop: [0xa, 5],
  early_drop: [0xdeadbeef, 0x1000],
};
const lost = { insertFailed: 0xffffffff + 0x10, drops: 15, earlyDrops: 0xdeadbeef + 0x1000 };

describe.each(shells)("in %s", (shell) => {
  test.each(["apply", "verify", "restore"] as const)("%s tells the sums over both processors", (mode) => {
    const host = hostWith(modernModule, { [file]: statistics(10, statHeader, counts) });
    expect(answerOf(host, commands[mode], { shell }).counters).toEqual({ ...lost, chainLength: 3 });
  });

  test("facts tells them, too", () => {
    const host = hostWith(modernModule, { [file]: statistics(10, statHeader, counts) });
    const { stdout } = host.run(hostScript, factsCommand({ sudo: false }), { shell });
    expect(parseFacts(stdout).counters).toEqual({ ...lost, chainLength: 3 });
  });

  test("a kernel before 5.15 counts no chains, and what it has in that column is not taken for them", () => {
    const host = hostWith(modernModule, { [file]: statistics(10, olderStatHeader, counts) });
    const { stdout } = host.run(hostScript, factsCommand({ sudo: false }), { shell });
    expect(parseFacts(stdout).counters).toEqual(lost);
  });

  test("2.6.18, whose lines are longer than their header, tells the old module's", () => {
    const host = hostWith(legacyModule, { "proc/net/stat/ip_conntrack": statistics(10, oldestStatHeader, counts) });
    const { stdout } = host.run(hostScript, factsCommand({ sudo: false }), { shell });
    expect(parseFacts(stdout).counters).toEqual(lost);
  });

  test("a kernel without the file tells none, and the answer is whole", () => {
    const { "proc/net/stat/ip_conntrack": _file, ...files } = legacyModule.files;
    const host = hostWith({ ...legacyModule, files });
    const { stdout } = host.run(hostScript, factsCommand({ sudo: false }), { shell });
    expect(parseFacts(stdout)).toMatchObject({ counters: {}, entries: 10 });
  });
});

describe("The former owner", () => {
  test("is nobody at the first apply, ourselves at the second, and named by a restore", () => {
    const host = hostWith(modernModule);
    expect(answerOf(host, commands.apply).formerOwner).toBe("");
    expect(answerOf(host, commands.apply).formerOwner).toBe(token);
    expect(answerOf(host, commands.restore).formerOwner).toBe(token);
    expect(answerOf(host, commands.restore).formerOwner).toBe("");
  });

  test("is not told by a reading", () => {
    const { stdout } = hostWith(modernModule).run(hostScript, commands.verify);
    expect(parseReadBack(stdout)).not.toHaveProperty("formerOwner");
  });
});
