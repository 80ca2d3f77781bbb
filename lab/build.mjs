// The build behind `npm run build` and `prepare`: TypeScript into dist/, shell scripts beside it.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { buildSync } from "esbuild";
import { buildPlugin, buildSchema } from "./build-plugin.mjs";

const root = path.resolve(import.meta.dirname, "..");
const dist = path.join(root, "dist");
// Made beside the old build and put in its place at the end: whoever runs meanwhile finds a whole one.
const made = path.join(root, `dist.${process.pid}.tmp`);
const commandLine = path.join(made, "src/cli/main.js");

const compiler = path.join(root, "node_modules/typescript/bin/tsc");
const { status } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json", "--outDir", made], {
  cwd: root,
  stdio: "inherit",
});
if (status !== 0) {
  // Neither half a build nor an old one may pass for this one.
  for (const folder of [made, dist]) fs.rmSync(folder, { recursive: true, force: true });
  process.exit(status ?? 1);
}

const sources = path.join(root, "src");
for (const name of fs.readdirSync(sources, { recursive: true })) {
  if (name.endsWith(".sh")) fs.cpSync(path.join(sources, name), path.join(made, "src", name));
}
// Bundled with all that they import, for speed. In the simulation's event loop, constants and calls between modules took
// a fifth of the time; the policy pack starts with every preview. The shell parser is an ECMAScript module, which
// CommonJS cannot load before Node 20.19.
const licenses = [
  ["zod", "LICENSE"],
  ["fastest-levenshtein", "LICENSE.md"],
  ["unbash", "LICENSE"],
].map(([name, file]) => {
  const text = fs.readFileSync(path.join(root, "node_modules", name, file), "utf8");
  return `/*! The parts of ${name} that this file contains are under this license:\n${text}*/`;
});
buildSync({
  entryPoints: ["src/simulation/engine/run.ts", "policies/engine/pack.ts", "policies/raw-writes/shell-text.ts"],
  absWorkingDir: root,
  outbase: root,
  outdir: made,
  bundle: true,
  platform: "node",
  target: "node20",
  external: ["@pulumi/*"],
  banner: { js: licenses.join("\n") },
  allowOverwrite: true,
});
buildSchema(root, made);
buildPlugin(root, made);
if (fs.existsSync(commandLine)) fs.chmodSync(commandLine, 0o755);
fs.rmSync(dist, { recursive: true, force: true });
fs.renameSync(made, dist);
