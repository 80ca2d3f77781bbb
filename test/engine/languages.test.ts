/** The programs of examples/ in Python and YAML: a fleet through this package's plugin, over real SSH. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import YAML from "yaml";
import { run } from "../../lab/run";
import { createCliStack, engine, everythingWritten, languages, type CliStack } from "../support/engine";
import { fleetHosts, hostIn } from "../support/fleet-host";
import { type SshServer, startSshServer } from "../support/ssh-server";

const examples = path.resolve(__dirname, "../../examples");
const commandLine = path.resolve(__dirname, "../../dist/src/cli/main.js");
const addresses = { nat1: "127.0.2.1", nat2: "127.0.2.2", nat3: "127.0.2.3" };

interface Program {
  readonly project: string;
  /** The configuration that says where the hosts are. */
  readonly hosts: Readonly<Record<string, unknown>>;
}

const programs: readonly (readonly [string, Program])[] = [
  ["Python", { project: "python-fleet", hosts: { addresses } }],
  ["YAML", { project: "yaml-fleet", hosts: addresses }],
];

/** The language hosts and the engine first on PATH. */
const pathWithLanguages = async (): Promise<string> => {
  const { binDir } = await engine();
  return [...(await languages()), binDir, process.env.PATH ?? ""].join(path.delimiter);
};

/** Sets the configuration of a stack; Pulumi wants what is declared a secret to be one there too. */
const configureStack = async (stack: CliStack, secret: string, values: Readonly<Record<string, unknown>>) => {
  const where = ["--stack", "test", "--config-file", stack.configFile];
  const { code, stderr } = await stack.pulumi("config", "set-all", ...where, "--secret", secret);
  if (code !== 0) throw new Error(stderr);
  setValues(stack, values);
};

/** Sets values that are no secrets and leaves the others as they are. */
const setValues = (stack: CliStack, values: Readonly<Record<string, unknown>>): void => {
  const file = YAML.parse(fs.readFileSync(stack.configFile, "utf8")) as { readonly config: object };
  fs.writeFileSync(stack.configFile, YAML.stringify({ ...file, config: { ...file.config, ...values } }));
};

describe.each(programs)("a fleet of a program in %s", (_language, { project, hosts }) => {
  let fleet: ReturnType<typeof fleetHosts>;
  let server: SshServer;
  let stack: CliStack;
  const printed: string[] = [];

  const setTimeoutTo = (seconds: number): void => setValues(stack, { [`${project}:udpTimeout`]: seconds });

  const run = async (operation: "preview" | "up" | "destroy") => {
    fleet.commands.length = 0;
    const { code, stdout, stderr } = await stack[operation]();
    printed.push(stdout, stderr);
    if (code !== 0) throw new Error(stdout + stderr);
    return stdout + stderr;
  };

  /** `apply nat1` for each run since the last operation began, in order of names. */
  const runs = () => fleet.commands.map(({ command }) => `${/-- (\w+)/.exec(command)?.[1]} ${hostIn(command)}`).sort();
  const writes = () => runs().filter((line) => !line.startsWith("verify"));
  const each = (mode: string) => Object.keys(addresses).map((name) => `${mode} ${name}`);

  beforeAll(async () => {
    fleet = fleetHosts();
    server = await startSshServer({ handler: fleet.handler, listenOn: "0.0.0.0" });
    stack = await createCliStack({
      project: path.join(examples, project),
      environment: { PATH: await pathWithLanguages(), PYTHONDONTWRITEBYTECODE: "1" },
    });
    const { port, hostKey, clientKey } = server;
    const values = Object.entries({ port, hostKey, ...hosts }).map(([key, value]) => [`${project}:${key}`, value]);
    await configureStack(stack, `privateKey=${clientKey}`, Object.fromEntries(values) as Record<string, unknown>);
  });

  afterAll(async () => {
    stack.remove();
    await server.close();
  });

  test("the first update sets every host", async () => {
    await run("up");
    expect(writes()).toEqual(each("apply"));
    expect(await stack.outputs()).toEqual({ pending: [], count: 3 });
    const { deployment } = await stack.exportState();
    const types = deployment.resources?.map(({ type }) => type);
    expect(types).toContain("conntrack:index:ConntrackFleet");
    expect(types?.filter((type) => type === "conntrack:index:Rollout")).toHaveLength(1);
  });

  test("an update without a change reads the hosts and writes nothing", async () => {
    expect(await run("up")).toMatch(/\d unchanged/);
    expect(runs()).toEqual(each("verify"));
  });

  test("a changed timeout is named and set", async () => {
    setTimeoutTo(31);
    expect(await run("up")).toMatch(/nf_conntrack_udp_timeout 30 -> 31/);
    expect(writes()).toEqual(each("apply"));
    expect(fleet.hostOf("nat2").values.nf_conntrack_udp_timeout).toBe("31");
  });

  test("what somebody changed on a host is named, and repaired on that host only", async () => {
    fleet.hostOf("nat2").values.nf_conntrack_udp_timeout = "999";
    expect(await run("preview")).toContain("nat2: nf_conntrack_udp_timeout 999 -> 31");
    await run("up");
    expect(writes()).toEqual(["apply nat2"]);
    expect(fleet.hostOf("nat2").values.nf_conntrack_udp_timeout).toBe("31");
  });

  test("hosts, their addresses and the plan stand in the state in clear, and the key nowhere, nor in anything printed", async () => {
    const written = everythingWritten(path.join(stack.folder, "backend"));
    expect(written).toContain(addresses.nat3);
    expect(written).toContain('"nf_conntrack_udp_timeout": 31');
    const everything = [...printed, written, JSON.stringify(await stack.exportState())].join("\n");
    for (const line of server.clientKey.split("\n").slice(1, 3)) expect(everything).not.toContain(line);
  });

  test("destroy puts every host back", async () => {
    await run("destroy");
    expect(writes()).toEqual(each("restore"));
    expect((await stack.exportState()).deployment.resources ?? []).toEqual([]);
  });
});

test("without the lines that name the plugin a YAML program takes the one that plugin install has installed", async () => {
  const fleet = fleetHosts();
  const server = await startSshServer({ handler: fleet.handler });
  const project = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-conntrack-yaml-"));
  const text = fs.readFileSync(path.join(examples, "yaml-fleet/Pulumi.yaml"), "utf8");
  const { plugins: _lines, ...program } = YAML.parse(text) as Record<string, unknown>;
  fs.writeFileSync(path.join(project, "Pulumi.yaml"), YAML.stringify(program));
  const stack = await createCliStack({ project, environment: { PATH: await pathWithLanguages() } });
  try {
    const { code } = await run(process.execPath, [commandLine, "plugin", "install"], { env: stack.environment });
    expect(code).toBe(0);
    const { port, hostKey, clientKey } = server;
    const values = Object.entries({ port, hostKey, ...addresses, nat1: server.host });
    await configureStack(
      stack,
      `privateKey=${clientKey}`,
      Object.fromEntries(values.map(([key, value]) => [`yaml-fleet:${key}`, value])),
    );
    const { stdout } = await stack.preview();
    expect(stdout).toContain("max 262144");
  } finally {
    stack.remove();
    fs.rmSync(project, { recursive: true, force: true });
    await server.close();
  }
});
