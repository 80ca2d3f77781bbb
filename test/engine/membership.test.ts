/** Hosts that are renamed, exchange their addresses or change their wave, through the real engine: docs/fleet.md has the table. */
import fs from "node:fs";
import path from "node:path";
import YAML from "yaml";
import { waveOf } from "../../src/fleet/waves";
import { createCliStack, type CliStack } from "../support/engine";
import { simulatedFleet } from "../support/simulated-fleet";
import { startSshServer, type SshHandler, type SshServer } from "../support/ssh-server";

const repositoryRoot = path.resolve(__dirname, "../..");
const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };
const thresholds = [50, 100];
const candidates = Array.from({ length: 40 }, (_, index) => `web${index}`);
const [early1 = "", early2 = "", early3 = ""] = candidates.filter((name) => waveOf(name, thresholds) === 1);
const [late1 = "", late2 = "", late3 = ""] = candidates.filter((name) => waveOf(name, thresholds) === 2);

/** Machines by their addresses, whatever they are called. */
const machines = simulatedFleet(Number.MAX_SAFE_INTEGER);
const { signal } = new AbortController();
const address = (machine: number): string => `127.0.1.${machine}`;
const udpKey = "nf_conntrack_udp_timeout";

let server: SshServer;
let stack: CliStack;

const run = async (hosts: Readonly<Record<string, object>>, rollout: object = {}) => {
  const connection = { port: server.port, hostKey: server.hostKey, privateKey: server.clientKey, dialErrorLimit: 0 };
  const defaults = { connection, facts, settings: { timeouts: { [udpKey]: 40 } } };
  const inventory = { defaults, hosts, observe: false, rollout: { waves: thresholds, ...rollout } };
  fs.writeFileSync(path.join(stack.folder, "hosts.yaml"), YAML.stringify(inventory));
  machines.commands.length = 0;
  const { code, stdout, stderr } = await stack.up();
  return { code, shown: stdout + stderr };
};

const succeed = async (...parameters: Parameters<typeof run>): Promise<void> => {
  const { code, shown } = await run(...parameters);
  expect([code, shown]).toEqual([0, shown]);
};

const at = (machine: number, more: object = {}): object => ({ connection: { host: address(machine) }, ...more });

/** Who owns a machine: name and wave. */
const ownerOf = (machine: number): string | undefined =>
  machines.hostOf(address(machine)).owner?.split("/").slice(2).join("/");

/** Modes of the runs on a machine since the last update began. */
const runsOn = (machine: number): readonly string[] =>
  machines.commands
    .filter(({ name }) => name === address(machine))
    .map(({ command }) => / (apply|verify|restore|facts) /.exec(command)?.[1] ?? command);

const namesInState = async (): Promise<readonly string[]> => {
  const { deployment } = await stack.exportState();
  return (deployment.resources ?? [])
    .filter(({ type }) => type === "conntrack:index:Rollout")
    .flatMap(({ inputs }) => Object.keys(inputs?.hosts as object))
    .sort();
};

beforeAll(async () => {
  const handler: SshHandler = async ({ command, address: where }) => {
    const answer = await machines.run(where, command, signal);
    if (!answer.ok) return { stderr: `${answer.message}\n`, exitCode: 255 };
    return { stdout: answer.stdout, stderr: answer.stderr, exitCode: answer.exitCode, signal: answer.signal };
  };
  server = await startSshServer({ handler, listenOn: "0.0.0.0" });
  stack = await createCliStack({ project: repositoryRoot });
  stack.configure({ "pulumi-conntrack:inventory": path.join(stack.folder, "hosts.yaml") });
});

afterAll(async () => {
  stack.remove();
  await server.close();
});

test("a host that is renamed within its wave keeps what it has, in one run under the new name", async () => {
  await succeed({ [early1]: at(1), [late1]: at(2) });
  await succeed({ [early2]: at(1), [late1]: at(2) });
  expect(runsOn(1)).toEqual(["apply"]);
  expect(ownerOf(1)).toBe(`${early2}/fleet-1`);
  expect(await namesInState()).toEqual([early2, late1].sort());
});

test("a host that is renamed into an earlier wave is refused, and its name with adopt takes it over", async () => {
  const refused = await run({ [early2]: at(1), [early3]: at(2) });
  expect(refused.code).not.toBe(0);
  expect(refused.shown).toContain(`/${late1}/fleet-2: destroy that first`);
  expect(ownerOf(2)).toBe(`${late1}/fleet-2`);

  await succeed({ [early2]: at(1), [early3]: at(2, { adopt: true }) });
  expect(ownerOf(2)).toBe(`${early3}/fleet-1`);
  // The old name finds that the host is no longer its own.
  expect(runsOn(2)).toEqual(["apply", "restore"]);
  expect(machines.hostOf(address(2)).values[udpKey]).toBe("40");
  expect(await namesInState()).toEqual([early2, early3].sort());
});

test("to set adopt or to remove it is no change", async () => {
  await succeed({ [early2]: at(1), [early3]: at(2) });
  expect(machines.commands).toEqual([]);
});

test("hosts that exchange their addresses are taken over with adopt", async () => {
  await succeed({ [early2]: at(2, { adopt: true }), [early3]: at(1, { adopt: true }) });
  expect([ownerOf(1), ownerOf(2)]).toEqual([`${early3}/fleet-1`, `${early2}/fleet-1`]);
  expect([runsOn(1), runsOn(2)]).toEqual([["apply"], ["apply"]]);
});

test("a host that becomes the canary goes over to its wave, and is not put back by the former one", async () => {
  await succeed({ [early2]: at(2), [early3]: at(1), [late2]: at(3) });
  await succeed({ [early2]: at(2), [early3]: at(1), [late2]: at(3) }, { canary: [late2] });
  expect(ownerOf(3)).toBe(`${late2}/fleet-canary`);
  expect(runsOn(3)).toEqual(["apply"]);
  await succeed({ [early2]: at(2), [early3]: at(1), [late2]: at(3) });
  expect(ownerOf(3)).toBe(`${late2}/fleet-2`);
  expect(machines.hostOf(address(3)).values[udpKey]).toBe("40");
});

test("a canary that is no host of the fleet is an error, and nobody is contacted", async () => {
  const { code, shown } = await run({ [late3]: at(3) }, { canary: ["wbe1"] });
  expect(code).not.toBe(0);
  expect(shown).toContain("is no host of this fleet");
  expect(machines.commands).toEqual([]);
});
