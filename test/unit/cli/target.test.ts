import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { runCommandLine } from "../../../src/cli/command-line";

const run = async (...words: readonly string[]) => {
  const written = { out: "", err: "" };
  const code = await runCommandLine(words, {
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    stdin: process.stdin,
  });
  return { code, ...written };
};

const plan = ["plan", "--memory-mib", "8192", "--kernel", "6.1.0-50-cloud-amd64", "--files"];

test("plan --files prints each file with its exact text, and where it is written", async () => {
  const { code, out } = await run(...plan, "--max", "262144", "--timeout", "nf_conntrack_udp_timeout=20");
  expect(code).toBe(0);
  expect(out).toContain(
    [
      "== /etc/modprobe.d/zz-pulumi-conntrack.conf, where the module is loaded, loaded and in use, not loaded:",
      "# pulumi-conntrack {",
      " options nf_conntrack hashsize=262144",
      "# pulumi-conntrack }",
    ].join("\n"),
  );
  expect(out).toContain("net.netfilter.nf_conntrack_max=262144\n");
  expect(out).toContain("net.netfilter.nf_conntrack_udp_timeout=20\n");
});

test("plan --files --json adds the target state to the plan: values in both orders, guards, files", async () => {
  const { out } = await run(...plan, "--json", "--max", "262144");
  const { settings, target } = JSON.parse(out) as {
    settings: { max: number };
    target: {
      live: Record<"growing" | "shrinking", { key: string }[]>;
      guards: { minimumRamKiB: number };
      files: { path: string; states: string[] }[];
    };
  };
  expect(settings.max).toBe(262144);
  expect(target.live.growing.map(({ key }) => key).slice(0, 2)).toEqual(["buckets", "max"]);
  expect(target.live.shrinking.map(({ key }) => key).slice(-2)).toEqual(["max", "buckets"]);
  // 90 % of 8 GiB.
  expect(target.guards.minimumRamKiB).toBe(7549748);
  expect(target.files.find(({ path }) => path.includes("modules-load.d"))?.states).toEqual(["moduleInUse"]);
});

test("script prints the text that hosts run, and with --json its version and SHA-256", async () => {
  const { code, out } = await run("script");
  const shipped = readFileSync(path.resolve(__dirname, "../../../src/delivery/script/host-script.sh"), "utf8");
  expect(code).toBe(0);
  expect(out).toBe(shipped);
  expect(JSON.parse((await run("script", "--json")).out)).toMatchObject({
    sha256: createHash("sha256").update(shipped).digest("hex"),
    bytes: Buffer.byteLength(shipped),
    text: shipped,
  });
});
