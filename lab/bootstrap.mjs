// Set-up behind `npm run demo` and `npm test`: from a fresh clone to running TypeScript, with nothing but Node's own
// modules. Usage: node lab/bootstrap.mjs demo|test [ARGUMENTS...]
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const oldestNode = 20;

/** Debian packages that the demo and the tests need, each known by a program it brings. */
const packages = JSON.parse(fs.readFileSync(path.join(root, "lab/packages.json"), "utf8"));

const say = (line) => process.stdout.write(`[set-up] ${line}\n`);

const giveUp = (reason) => {
  process.stderr.write(`[set-up] ${reason}\n`);
  process.exit(1);
};

/** Runs a program in the repository with its output shown; gives its exit status. */
const run = (program, args, options = {}) => {
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    ...options,
  });
  if (error !== undefined) process.stderr.write(`[set-up] ${program}: ${error.message}\n`);
  return status ?? 1;
};

const checkNode = () => {
  if (Number.parseInt(process.versions.node, 10) < oldestNode) {
    giveUp(`Node ${process.versions.node} is too old: install Node ${oldestNode} or newer (https://nodejs.org).`);
  }
};

/** True where every package of package-lock.json is installed in its version; npm keeps a list of what it installed. */
const dependenciesAreInstalled = () => {
  const read = (file) => JSON.parse(fs.readFileSync(path.join(root, file), "utf8")).packages;
  if (!fs.existsSync(path.join(root, "node_modules/.package-lock.json"))) return false;
  const installed = read("node_modules/.package-lock.json");
  return Object.entries(read("package-lock.json")).every(
    ([name, { version, optional, peer }]) => name === "" || optional || peer || installed[name]?.version === version,
  );
};

const installDependencies = () => {
  if (dependenciesAreInstalled()) return;
  say("installing npm packages as package-lock.json names them (npm ci)");
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  if (run("npm", ["ci", ...options]) !== 0) giveUp("npm ci failed: see above. The npm registry has to be reachable.");
};

const newestChange = (names) =>
  names
    .map((name) => path.join(root, name))
    .filter((file) => fs.existsSync(file))
    .flatMap((file) => {
      const stat = fs.statSync(file);
      if (!stat.isDirectory()) return [stat.mtimeMs];
      return fs.readdirSync(file, { recursive: true }).map((name) => fs.statSync(path.join(file, name)).mtimeMs);
    })
    .reduce((newest, time) => Math.max(newest, time), 0);

const sourcesOfTheBuild = [
  ...["src", "policies", "lab/build.mjs", "lab/build-plugin.mjs"],
  ...["package.json", "tsconfig.json", "tsconfig.build.json"],
];

const build = () => {
  const built = fs.statSync(path.join(root, "dist/src/index.js"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > newestChange(sourcesOfTheBuild)) return;
  say("compiling src/ into dist/");
  if (run(process.execPath, ["lab/build.mjs"]) !== 0) giveUp("the build failed: see above.");
};

const missingPackages = () => {
  const folders = [...(process.env.PATH ?? "").split(path.delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  const isThere = (program) => folders.some((folder) => fs.existsSync(path.join(folder, program)));
  // A program may be there without the part of it that its own package brings.
  const passes = (check) =>
    check === undefined || spawnSync(check[0], check.slice(1), { stdio: "ignore" }).status === 0;
  return packages.filter(({ program, check }) => !isThere(program) || !passes(check));
};

/** How to become root without a question: already root, or sudo that asks for no password; undefined where neither. */
const becomeRoot = () => {
  if (process.getuid() === 0) return [];
  return spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0 ? ["sudo", "-n"] : undefined;
};

const installPackages = () => {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const names = [...new Set(missing.map(({ name }) => name))];
  missing.forEach(({ program, name, reason }) => say(`${program} is missing (Debian package ${name}): ${reason}`));
  const apt = ["apt-get", "-o", "DPkg::Lock::Timeout=600"];
  const install = [...apt, "install", "--no-install-recommends", "-y", ...names];
  const prefix = becomeRoot();
  const remedy = `Run as root: ${install.join(" ")}`;
  if (prefix === undefined || !fs.existsSync("/usr/bin/apt-get")) {
    say(`these cannot be installed from here, so what needs them will fail. ${remedy}`);
    return;
  }
  const asRoot = ([program, ...args]) => {
    const [first, ...rest] = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", program, ...args];
    say([program, ...args].join(" "));
    return run(first, rest);
  };
  // Package lists are refreshed only where they turn out to be missing or old: that takes longer than the rest.
  if (asRoot(install) === 0 || (asRoot([...apt, "update"]) === 0 && asRoot(install) === 0)) return;
  say(`the installation failed, so what needs these programs will fail. ${remedy}`);
};

const [task, ...args] = process.argv.slice(2);
if (task !== "demo" && task !== "test") giveUp("usage: node lab/bootstrap.mjs demo|test [ARGUMENTS...]");
checkNode();
installDependencies();
installPackages();
build();
// The task takes the signals itself: Ctrl-C reaches the whole group, and it has machines to switch off.
process.on("SIGINT", () => undefined);
const loader = ["--require", "ts-node/register/transpile-only"];
process.exit(run(process.execPath, [...loader, `lab/${task}.ts`, ...args], { stdio: "inherit" }));
