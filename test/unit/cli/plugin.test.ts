/** `plugin install` where pulumi is missing or fails; with the real one: test/engine/installed.test.ts. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { runCommandLine } from "../../../src/cli/command-line";

const before = { ...process.env };
let folder: string;

const install = async (...words: readonly string[]) => {
  const written = { out: "", err: "" };
  const code = await runCommandLine(["plugin", "install", ...words], {
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    stdin: process.stdin,
  });
  return { code, ...written };
};

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-conntrack-plugin-"));
  process.env.PATH = folder;
  process.env.PULUMI_HOME = path.join(folder, "home");
});

afterEach(() => {
  Object.assign(process.env, before);
  if (before.PULUMI_HOME === undefined) delete process.env.PULUMI_HOME;
  fs.rmSync(folder, { recursive: true, force: true });
});

const pulumiThat = (text: string): void =>
  fs.writeFileSync(path.join(folder, "pulumi"), `#!/bin/sh\n${text}\n`, { mode: 0o755 });

test("without pulumi on PATH it says so, and what else to do", async () => {
  const { code, err } = await install();
  expect(code).toBe(2);
  expect(err).toMatch(/PATH: has no pulumi that runs[^]*plugins:/);
});

test("what pulumi says when it fails is shown, also as JSON", async () => {
  pulumiThat("echo 'error: no space left' >&2; exit 255");
  const { code, out } = await install("--json");
  expect(code).toBe(2);
  const { error } = JSON.parse(out) as { error: { message: string; problems: { limit: string }[] } };
  expect(error.message).toBe("The plugin cannot be installed.");
  expect(error.problems.map(({ limit }) => limit)).toEqual(["failed: error: no space left"]);
});

test("a pulumi that says nothing and installs nothing is no success", async () => {
  pulumiThat("exit 0");
  const { code, err } = await install();
  expect(code).toBe(2);
  expect(err).toContain(path.join(folder, "home/plugins/resource-conntrack-v"));
});
