/** Running the audit in a test, on files in a folder of the test's own. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import YAML from "yaml";
import type { AuditReport } from "../../src/cli/audit/audit-report";
import { runCommandLine } from "../../src/cli/command-line";

/** Stands for a secret; no output may hold it. */
export const marker = "swordfish-7f3a";
export const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIyPexample";

let folder = "";

/** A folder of its own for each test of the file that calls this. */
export const useTemporaryFolder = (): void => {
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-conntrack-audit-"));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));
};

/** A path in that folder. */
export const inFolder = (...parts: readonly string[]): string => path.join(folder, ...parts);

/** Writes a document as JSON or YAML, by the ending of its name; gives its path. */
export const write = (name: string, document: unknown): string => {
  const file = path.join(folder, name);
  const text =
    typeof document === "string"
      ? document
      : name.endsWith(".json")
        ? JSON.stringify(document)
        : YAML.stringify(document);
  fs.writeFileSync(file, text);
  return file;
};

/** Runs `pulumi-conntrack audit WORDS...`. */
export const audit = async (...words: string[]) => {
  let out = "";
  let err = "";
  const code = await runCommandLine(["audit", ...words], {
    out: (text) => (out += text),
    err: (text) => (err += text),
    stdin: Readable.from([""]),
  });
  return { code, out, err, json: () => JSON.parse(out) as AuditReport };
};

export const facts = {
  memoryMiB: 8192,
  arch: "x86_64",
  kernel: "6.1.0-50-cloud-amd64",
  unameVersion: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-06-30)",
};
export const connection = { host: "192.0.2.1", user: "tuner", sudo: true, hostKey };
