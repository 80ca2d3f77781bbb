/** The commands under "Undoing by hand" in docs/host-script.md, run on a host that the script has tuned. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { applyCommand } from "../../../src/delivery/script/command-line";
import { hostScript } from "../../../src/delivery/script/script";
import { grown } from "../../support/planned-requests";
import { textOf } from "./documents";

const values = "proc/sys/net/netfilter";
const hashsize = "sys/module/nf_conntrack/parameters/hashsize";
const ourSysctls = "etc/sysctl.d/zz-pulumi-conntrack.conf";

/** A 6.1 kernel with nf_conntrack in use, and somebody's file in the place of one of ours. */
const files: Readonly<Record<string, string>> = {
  "proc/meminfo": "MemTotal: 8025292 kB\nMemAvailable: 7400000 kB\n",
  "proc/modules": "nf_conntrack 176128 2 nft_ct,nf_nat, Live 0x0\n",
  "proc/net/stat/nf_conntrack": "entries clashres chainlength\n0000000a 00000000 00000000\n",
  "proc/sys/kernel/osrelease": "6.1.0-50-amd64\n",
  "proc/sys/net/core/netdev_max_backlog": "1000\n",
  [`${values}/nf_conntrack_max`]: "65536\n",
  [`${values}/nf_conntrack_count`]: "10\n",
  [`${values}/nf_conntrack_buckets`]: "65536\n",
  [`${values}/nf_conntrack_tcp_timeout_established`]: "432000\n",
  [`${values}/nf_conntrack_udp_timeout`]: "30\n",
  [hashsize]: "65536\n",
  [ourSysctls]: "# somebody's\n",
};

let root = "";
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "undo-by-hand-"));
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.join(root, path.dirname(name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  }
});
afterEach(() => fs.rmSync(root, { recursive: true }));

/** Every file below the root with its text. */
const held = (): Record<string, string> =>
  Object.fromEntries(
    fs
      .readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((name) => fs.statSync(path.join(root, name)).isFile())
      .map((name) => [name, fs.readFileSync(path.join(root, name), "utf8")]),
  );

/** The commands with their paths below the root. */
const undoing = (): string => {
  const [, commands = ""] = /## Undoing by hand[^]*?```sh\n([^]*?)```/.exec(textOf("docs/host-script.md")) ?? [];
  return commands
    .replace(/=\/(?=proc|sys|var)/g, `=${root}/`)
    .replaceAll("place=${word#*=}", `place=${root}\${word#*=}`)
    .replaceAll("originals$place", `originals\${place#${root}}`);
};

test("undoing by hand leaves every value and file as it was before the first apply, and no record", () => {
  const sh = (words: readonly string[], input: string) =>
    spawnSync("sh", words, { input, encoding: "utf8", env: { ...process.env, CONNTRACK_ROOT: root } });
  const applied = sh(applyCommand(grown).split(" ").slice(1), hostScript);
  expect(applied).toMatchObject({ status: 0, stderr: "" });
  expect(held()[`${values}/nf_conntrack_max`]).toBe("262144\n");
  expect(held()[ourSysctls]).not.toBe(files[ourSysctls]);

  expect(sh(["-s"], undoing())).toMatchObject({ status: 0, stderr: "" });
  expect(held()).toEqual(files);
});
