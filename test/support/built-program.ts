/** The program itself, built from the sources of now, which dist/ need not be; for tests in processes of their own. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { buildSync } from "esbuild";

const root = path.resolve(__dirname, "../..");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-conntrack-program-"));

beforeAll(() => {
  buildSync({
    entryPoints: [path.join(root, "src/cli/main.ts")],
    outfile: path.join(folder, "main.js"),
    bundle: true,
    platform: "node",
    packages: "external",
  });
  const scripts = path.join(root, "src/delivery/script");
  for (const name of fs.readdirSync(scripts).filter((file) => file.endsWith(".sh")))
    fs.copyFileSync(path.join(scripts, name), path.join(folder, name));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Its file, for node. */
export const programFile = path.join(folder, "main.js");

/** What it runs with. */
export const programEnvironment = { ...process.env, NODE_PATH: path.join(root, "node_modules") };
