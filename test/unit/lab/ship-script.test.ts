import { createHash } from "node:crypto";
import fs from "node:fs";
import { shippedFile, shippedText, versionsFile } from "../../../lab/ship-script";

const shipped = fs.readFileSync(shippedFile, "utf8");

// `npx ts-node lab/ship-script.ts` writes both anew.
test("The script that ships is its sources less their comment lines", () => {
  expect(shipped).toBe(shippedText());
});

test("The newest of the script's versions has the SHA-256 of what ships, and each version counts one up", () => {
  const versions = JSON.parse(fs.readFileSync(versionsFile, "utf8")) as { version: number; sha256: string }[];
  expect(versions.at(-1)?.sha256).toBe(createHash("sha256").update(shipped).digest("hex"));
  expect(versions.map(({ version }) => version)).toEqual(versions.map((_, index) => index + 1));
});
