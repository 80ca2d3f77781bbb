/** What hosts run is made of its sources, and its versions name it. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { shippedFile, shippedText, versionsFile } from "../../lab/ship-script";
import { hostScript, scriptIdentity } from "../../src/delivery/script/script";
import { releasedScript } from "./released/command-line";

interface Version {
  readonly version: number;
  readonly release: string;
  readonly sha256: string;
}
const versions = JSON.parse(readFileSync(versionsFile, "utf8")) as Version[];
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

test("the shipped script is exactly its sources less their comments", () => {
  expect(readFileSync(shippedFile, "utf8")).toBe(shippedText());
  expect(hostScript).toBe(shippedText());
});

test("the newest version names the shipped text, and what was released keeps its own", () => {
  expect(versions.at(-1)?.sha256).toBe(sha256(shippedText()));
  expect(versions.find(({ release }) => release === "0.1.0")?.sha256).toBe(sha256(releasedScript));
  expect(scriptIdentity).toEqual({ version: versions.at(-1)?.version, sha256: sha256(hostScript) });
});

test("the shipped script is at most 24 KiB", () => {
  expect(Buffer.byteLength(hostScript)).toBeLessThanOrEqual(24 * 1024);
});
