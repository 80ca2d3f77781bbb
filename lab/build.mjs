// The build behind `npm run build` and `prepare`: TypeScript into dist/, shell scripts beside it.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const dist = path.join(root, "dist");
const commandLine = path.join(dist, "src/cli/main.js");

fs.rmSync(dist, { recursive: true, force: true });
const compiler = path.join(root, "node_modules/typescript/bin/tsc");
const { status } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});
if (status !== 0) {
  // Half a build must not pass for a whole one.
  fs.rmSync(dist, { recursive: true, force: true });
  process.exit(status ?? 1);
}

const sources = path.join(root, "src");
for (const name of fs.readdirSync(sources, { recursive: true })) {
  if (name.endsWith(".sh")) fs.cpSync(path.join(sources, name), path.join(dist, "src", name));
}
if (fs.existsSync(commandLine)) fs.chmodSync(commandLine, 0o755);
