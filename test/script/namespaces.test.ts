/** max holds for each network namespace: the entries of every one are counted, and one that cannot be counted is an error. */
import { execFileSync } from "node:child_process";
import { applyCommand } from "../../src/delivery/script/command-line";
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
  });

  test("a process whose statistics are there no more is taken for ended, and its namespace is counted by another", () => {
    const host = hostWith(modernModule, initial, {
      "proc/77/status": "Name:\tending\n",
      "proc/78/net/stat/nf_conntrack": statistics(300),
    });
    expect(answerOf(host, apply, { shell }).entries).toBe(300);
  });

  test("of thousands of processes each is counted, more than one command line may hold", () => {
    const host = hostWith(modernModule, initial);
    const folders = `${host.root}/proc`;
    // 2 MiB of paths: the limit of an argument list is 2 MiB on Linux with a stack of 8 MiB.
    execFileSync("sh", [
      "-c",
      `seq 100000 130000 | xargs -I{} echo ${folders}/{}/net/stat | xargs mkdir -p && ` +
        `cp ${folders}/1/net/stat/nf_conntrack ${folders}/100000/net/stat/ && printf '%s' "$1" >${folders}/130000/net/stat/nf_conntrack`,
      "sh",
      statistics(50000),
    ]);
    expect(answerOf(host, apply, { shell }).entries).toBe(50000);
  }, 300_000);

  test.each([
    ["no list of the processes", { "proc/self/net/stat/nf_conntrack": statistics(10) }],
    ["a count that is no number", { "proc/sys/net/netfilter/nf_conntrack_count": "many\n" }],
  ])("%s is an error", (_, files) => {
    expect(refusalOf(hostWith(modernModule, files), apply, { shell }).step).toBe("look");
  });

  test("what a user mounts in a folder of that name is not looked into", () => {
    const host = hostWith(modernModule, mounted("25 22 0:40 / /home/mallory/run/netns/x rw - fuse mallory rw"));
    expect(answerOf(host, apply, { shell, prelude: barred }).entries).toBe(10);
  });

  test("the path of a mount is printed on one line, whatever is in it", () => {
    const host = hostWith(
      modernModule,
      mounted("25 22 0:4 net:[2] /run/netns/x\\012set:\\033[31mforged rw - nsfs nsfs rw"),
    );
    const { stderr } = host.run(hostScript, apply, { shell, prelude: barred });
    expect(stderr).toMatch(/^look: the entries of [ -~]*forged cannot be read: [ -~]*\n$/);
  });
});
