import { spawnSync } from "node:child_process";
import path from "node:path";

/** Runs a script in a process of its own, because jest has modules of its own, and reads the JSON that it prints. */
const answerOf = (script: string): unknown => {
  const { stdout, stderr } = spawnSync(process.execPath, ["-r", "ts-node/register/transpile-only", "-e", script], {
    cwd: path.resolve(__dirname, "../../.."),
    encoding: "utf8",
  });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
};

const loaded = `Object.keys(require.cache).filter((file) => file.includes("/@npmcli/arborist/lib/arborist/")).length`;

test("the SDK loads npm's resolver of dependencies with itself, which is why the pack puts it off", () => {
  expect(answerOf(`require("@pulumi/policy"); console.log(${loaded})`)).toBeGreaterThan(0);
});

test("a pack that puts the resolver off starts without it, and who asks for its class gets the real one", () => {
  const script = `
    require("./policies/late-arborist");
    require("@pulumi/policy");
    const before = ${loaded};
    const { createRequire } = require("node:module");
    const requireAsSdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));
    const placeHolder = requireAsSdk("@npmcli/arborist");
    const { Arborist } = placeHolder;
    const real = requireAsSdk("@npmcli/arborist");
    const again = placeHolder.Arborist;
    const same = Arborist === real.Arborist && Arborist === again && real === requireAsSdk("@npmcli/arborist");
    console.log(JSON.stringify({ before, loads: ${loaded} > 0, same, path: new Arborist({ path: "/" }).path }));`;
  expect(answerOf(script)).toEqual({ before: 0, loads: true, same: true, path: "/" });
});

test("a resolver that is loaded already stays as it is", () => {
  const script = `
    const { createRequire } = require("node:module");
    const requireAsSdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));
    const first = requireAsSdk("@npmcli/arborist");
    require("./policies/late-arborist");
    console.log(requireAsSdk("@npmcli/arborist") === first);`;
  expect(answerOf(script)).toBe(true);
});
