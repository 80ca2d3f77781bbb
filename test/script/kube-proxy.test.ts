/** Only a kube-proxy that runs as root can overwrite the values; what other users call their programs decides nothing. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { applyCommand } from "../../src/delivery/script/command-line";
import { grown } from "../support/planned-requests";
import { answerOf, hostWith, refusalOf } from "./script-run";
import { shells, type Files } from "./simulated-host";
import { modernModule, rootProcess } from "./simulated-kernels";

const apply = applyCommand(grown);

const makeFifo = (root: string): void => {
  execFileSync("mkfifo", [join(root, "proc/99/root/fifo")]);
};

/** A process of somebody: the four numbers are the real, effective, saved and file system user, as in proc(5). */
const processOf = (users: string): Files => ({
  ...rootProcess(99, "kube-proxy", ["kube-proxy", "--config=/fifo"]),
  "proc/99/status": `Name:\tkube-proxy\nPPid:\t1\nUid:\t${users}\n`,
  "proc/99/root/": "",
});

describe.each(shells)("in %s", (shell) => {
  test.each([
    ["a user's", "1000\t1000\t1000\t1000"],
    ["a user's that runs with the rights of root", "1000\t0\t0\t0"],
    ["a user's that can get the rights of root back", "1000\t1000\t0\t1000"],
  ])("%s process of that name, with a pipe as its configuration, neither blocks nor delays an apply", (_, users) => {
    const host = hostWith(modernModule, processOf(users));
    makeFifo(host.root);
    expect(answerOf(host, apply, { shell })).toMatchObject({
      status: "active",
      competingWriters: [],
      loadedBy: ["module:nft_ct", "module:nf_nat"],
    });
  });

  test("root's own with a pipe as its configuration is refused at once, because only files are read", () => {
    const host = hostWith(modernModule, processOf("0\t0\t0\t0"));
    makeFifo(host.root);
    expect(refusalOf(host, apply, { shell })).toMatchObject({
      step: "look",
      cause: expect.stringContaining("/proc/99/root/fifo") as string,
    });
  });

  test("root's own whose configuration is missing is refused", () => {
    const host = hostWith(modernModule, processOf("0\t0\t0\t0"));
    expect(refusalOf(host, apply, { shell }).cause).toContain("cannot be read");
  });

  test("a program of root's that a user has given this name, such as sudo, is none", () => {
    const host = hostWith(modernModule, processOf("0\t0\t0\t0"), { "proc/99/exe": "/usr/bin/sudo" });
    answerOf(host, apply, { shell });
  });
});
