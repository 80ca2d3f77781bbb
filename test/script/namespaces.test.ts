/** max holds for each network namespace: the entries of every one are counted, and one that cannot be counted is an error. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { applyCommand, factsCommand } from "../../src/delivery/script/command-line";
import { parseFacts } from "../../src/delivery/answer/parse";
import { hostScript } from "../../src/delivery/script/script";
import { grown } from "../support/planned-requests";
import { answerOf, hostWith, refusalOf } from "./script-run";
import { shells, type Files } from "./simulated-host";
import { modernModule, statistics } from "./simulated-kernels";

/** Keeps max as it is, so that only entries can be in the way. */
const apply = applyCommand({ ...grown, settings: { ...grown.settings, max: 65536, buckets: 65536 } });

/** The namespace of the host with one process. */
const initial: Files = {
  "proc/1/ns/net": "net:[4026531840]",
  "proc/1/net/stat/nf_conntrack": statistics(10),
  "proc/self/ns/net": "net:[4026531840]",
};

const mounted = (line: string): Files => ({
  ...initial,
  "proc/self/mountinfo": `22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n${line}\n`,
});

/** A namespace that is entered shows so many entries. */
const entering = (entries: number): string =>
  `nsenter() { command printf '${statistics(entries).replaceAll("\n", "\\n")}'; }\nip() { return 1; }\n`;
const barred = "nsenter() { return 1; }\nip() { return 1; }\n";

describe.each(shells)("in %s", (shell) => {
  describe.each([
    ["of `ip netns`", "25 22 0:4 net:[2] /run/netns/blue rw shared:9 - nsfs nsfs rw", "run/netns/blue"],
    ["of a container", "26 22 0:4 net:[2] /run/docker/netns/1f rw shared:9 - nsfs nsfs rw", "run/docker/netns/1f"],
    ["of a kernel before nsfs", "25 22 0:3 / /run/netns/blue rw - proc proc rw", "run/netns/blue"],
  ])("a namespace %s, held by a mount alone,", (_, line, path) => {
    const make = () => hostWith(modernModule, mounted(line), { [path]: "" });

    test("is entered and counted", () => {
      expect(answerOf(make(), apply, { shell, prelude: entering(30000) }).entries).toBe(30000);
    });

    test("keeps max where it holds too many entries", () => {
      const refusal = refusalOf(make(), apply, { shell, prelude: entering(60000) });
      expect(`${refusal.step} ${refusal.cause}`).toMatch(/^look .*60000/);
    });

    test("is an error where it cannot be entered", () => {
      const refusal = refusalOf(make(), apply, { shell, prelude: barred });
      expect(`${refusal.step} ${refusal.cause}`).toContain(`look the entries of /${path} cannot be read`);
      expect(refusal.remedy).toContain("nsenter");
    });

    test("is not entered where a process lives in it", () => {
      const host = make();
      host.write({
        "proc/77/ns/net": `net:[${statSync(join(host.root, path)).ino}]`,
        "proc/77/net/stat/nf_conntrack": statistics(200),
      });
      expect(answerOf(host, apply, { shell, prelude: barred }).entries).toBe(200);
    });
  });

  test("a process whose statistics cannot be read makes apply and facts fail, and each says where", () => {
    const host = hostWith(modernModule, initial, { "proc/77/ns/net": "net:[2]" });
    expect(refusalOf(host, apply, { shell }).cause).toContain("proc/77/net/stat/nf_conntrack");
    expect(refusalOf(host, factsCommand({ sudo: false }), { shell }).cause).toContain("proc/77/net/stat/nf_conntrack");
  });

  test("one process of each namespace is enough", () => {
    const host = hostWith(modernModule, initial, { "proc/2/ns/net": "net:[4026531840]" });
    expect(answerOf(host, apply, { shell }).entries).toBe(10);
  });

  test("a process that ends meanwhile is taken for gone, and its namespace is counted by another", () => {
    const host = hostWith(modernModule, initial, {
      "proc/77/ns/net": "net:[2]",
      "proc/78/ns/net": "net:[2]",
      "proc/78/net/stat/nf_conntrack": statistics(300),
    });
    // Gone before its statistics were read, and out of the next list.
    const ending = `xargs() { case "$*" in *"grep -sm"*) command rm -rf ${host.root}/proc/77;; esac; command xargs "$@"; }\n`;
    const { stdout } = host.run(hostScript, factsCommand({ sudo: false }), { shell, prelude: ending });
    expect(parseFacts(stdout).entries).toBe(300);
  });

  test.each([
    // In place of a link that leads somewhere, as the kernel's does.
    ["no list of the namespaces", { "proc/self/ns/net/": "" }],
    ["a count that is no number", { "proc/sys/net/netfilter/nf_conntrack_count": "many\n" }],
  ])("%s is an error", (_, files) => {
    expect(refusalOf(hostWith(modernModule, files), apply, { shell }).step).toBe("look");
  });
});
