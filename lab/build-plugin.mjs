// The plugin as `pulumi-conntrack plugin install` hands it to the engine: a folder that needs nothing but Node. And its
// schema, read from the sources of the components, because whoever installs the package has no TypeScript.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { buildSync } from "esbuild";

const require = createRequire(import.meta.url);
const provider = "src/component/provider";

/** What the sources say of each interface and each set of names; the analyzer finds it in some files only. */
const typeDescriptions = (sources) => {
  const ts = require("typescript");
  const found = {};
  for (const name of fs.readdirSync(sources, { recursive: true })) {
    if (!name.endsWith(".ts")) continue;
    const text = fs.readFileSync(path.join(sources, name), "utf8");
    for (const statement of ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true).statements) {
      const declared = ts.isVariableStatement(statement) ? statement.declarationList.declarations[0] : statement;
      const comment = ts.getTextOfJSDocComment(statement.jsDoc?.at(-1)?.comment);
      if (comment !== undefined && declared.name?.text !== undefined) found[declared.name.text] ??= comment;
    }
  }
  return found;
};

/** Writes schema.json beside the compiled provider. */
export const buildSchema = (root, made) => {
  const { Analyzer } = require("@pulumi/pulumi/provider/experimental/analyzer");
  const { generateSchema } = require("@pulumi/pulumi/provider/experimental/schema");
  const { componentNames, completeSchema } = require(path.join(made, provider, "schema.js"));
  const manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
  const found = new Analyzer(root, "conntrack", manifest, new Set(componentNames)).analyze();
  const { components, typeDefinitions, dependencies } = found;
  const schema = generateSchema(
    "conntrack",
    manifest.version,
    manifest.description,
    components,
    typeDefinitions,
    dependencies,
  );
  const descriptions = typeDescriptions(path.join(root, "src"));
  fs.writeFileSync(path.join(made, provider, "schema.json"), JSON.stringify(completeSchema(schema, descriptions)));
};

/**
 * Parts of Pulumi's SDK that a plugin never comes to: they serialise closures and read node_modules. TypeScript alone is
 * nine times as large as all the rest.
 */
const neverReached = ["typescript", "@npmcli/arborist"];

const licenseOf = (folder) => fs.readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));

/** The licenses of all packages whose code is in the bundle. */
const licenses = (root, inputs) => {
  const folders = new Set(inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  return [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(fs.readFileSync(path.join(root, folder, "package.json"), "utf8"));
    const file = licenseOf(path.join(root, folder));
    const text = file === undefined ? license : fs.readFileSync(path.join(root, folder, file), "utf8");
    return `${name} ${version}\n\n${text}\n`;
  });
};

/** Makes `made`/plugin: the executable, the schema, the host script, and the licenses of all that it contains. */
export const buildPlugin = (root, made) => {
  const folder = path.join(made, "plugin");
  const executable = path.join(folder, "pulumi-resource-conntrack");
  const stub = path.join(made, "never-reached.js");
  fs.writeFileSync(stub, "module.exports = {};\n");
  const { metafile } = buildSync({
    stdin: { contents: `require("./${provider}/serve.js").serve(process.argv.slice(2));`, resolveDir: made },
    absWorkingDir: root,
    outfile: executable,
    bundle: true,
    platform: "node",
    target: "node20",
    // Names of classes and functions are looked at, and a stack of an error is to be read.
    minifyWhitespace: true,
    minifySyntax: true,
    keepNames: true,
    alias: Object.fromEntries(neverReached.map((name) => [name, stub])),
    // Native parts of ssh2, which does without them.
    external: ["*.node", "cpu-features"],
    banner: { js: "#!/usr/bin/env node" },
    legalComments: "none",
    metafile: true,
  });
  fs.rmSync(stub);
  fs.chmodSync(executable, 0o755);
  const { version, license, engines } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
  fs.writeFileSync(
    path.join(folder, "package.json"),
    JSON.stringify({ name: "pulumi-resource-conntrack", version, license, engines }),
  );
  fs.copyFileSync(path.join(made, provider, "schema.json"), path.join(folder, "schema.json"));
  fs.copyFileSync(path.join(made, "src/delivery/script/host-script.sh"), path.join(folder, "host-script.sh"));
  fs.copyFileSync(path.join(root, "LICENSE"), path.join(folder, "LICENSE"));
  fs.writeFileSync(
    path.join(folder, "LICENSES-OF-PARTS"),
    licenses(root, Object.keys(metafile.inputs)).join(`${"-".repeat(80)}\n`),
  );
};
