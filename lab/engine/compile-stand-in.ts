/** Makes an executable of the stand-in command plugin: TypeScript is transpiled once, so that it starts in half a second. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import ts from "typescript";
import { buildOnce } from "../vm/build-once";

const root = path.resolve(__dirname, "../..");
const sources = path.join(root, "test/stand-in");
/** Below node_modules, where compiled files find the packages they import and git does not look. */
const cache = path.join(root, "node_modules/.cache/pulumi-conntrack");

const launcher = (main: string): string => `#!/bin/sh
exec "${process.execPath}" "${main}" "$@"
`;

/** Transpiles test/stand-in where it changed; gives the folder with the executable `pulumi-resource-command`. */
export const compileStandIn = async (): Promise<string> => {
  const files = fs
    .readdirSync(sources)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => ({ name, text: fs.readFileSync(path.join(sources, name), "utf8") }));
  const recipe = JSON.stringify([files, process.execPath, root]);
  const folder = path.join(cache, `stand-in-${createHash("sha256").update(recipe).digest("hex").slice(0, 12)}`);
  const compilerOptions: ts.CompilerOptions = {
    module: ts.ModuleKind.CommonJS,
    target: ts.ScriptTarget.ES2022,
    esModuleInterop: true,
  };
  await buildOnce(folder, (into) => {
    for (const { name, text } of files) {
      const { outputText } = ts.transpileModule(text, { compilerOptions, fileName: name });
      fs.writeFileSync(path.join(into, name.replace(/\.ts$/, ".js")), outputText);
    }
    const main = path.join(folder, "main.js");
    fs.writeFileSync(path.join(into, "pulumi-resource-command"), launcher(main), { mode: 0o755 });
    return Promise.resolve();
  });
  return folder;
};
