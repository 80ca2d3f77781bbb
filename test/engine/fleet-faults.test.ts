/** How a fleet takes over single hosts: the real engine over real SSH. */
import path from "node:path";
import { ConntrackFleet, ConntrackTuning } from "../../src";
import { createInlineStack } from "../support/engine";
import { fleetHosts } from "../support/fleet-host";
import { misbehaviour } from "../support/simulated-fleet";
import { type SshServer, startSshServer } from "../support/ssh-server";

const repositoryRoot = path.resolve(__dirname, "../..");
const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };
const names = Array.from({ length: 5 }, (_, index) => `h${index}`);

let fleet: ReturnType<typeof fleetHosts>;
let server: SshServer;
const connection = (name: string) => ({
  host: `127.0.1.${names.indexOf(name) + 1}`,
  port: server.port,
  hostKey: server.hostKey,
  privateKey: server.clientKey,
  dialErrorLimit: 0,
});

beforeAll(async () => {
  fleet = fleetHosts();
  server = await startSshServer({ handler: fleet.handler, listenOn: "0.0.0.0" });
});

beforeEach(() => server.resetCounts());

afterAll(() => server.close());

describe("A stack of single hosts that becomes a fleet", () => {
  const [, second = ""] = names;

  const singles = () => {
    for (const name of names) new ConntrackTuning(name, { connection: connection(name), facts });
    return Promise.resolve();
  };
  const asFleet = () => {
    const hosts = Object.fromEntries(names.map((name) => [name, { connection: connection(name) }]));
    const { pending } = new ConntrackFleet("edge", { defaults: { facts }, hosts });
    return Promise.resolve({ pending });
  };

  test("is taken over by one update, in which the old components put nothing back", async () => {
    for (const name of names) fleet.hostOf(name).owner = undefined;
    const path0 = process.env.PATH ?? "";
    process.env.PATH = `${repositoryRoot}${path.delimiter}${path0}`;
    const stack = await createInlineStack(singles, "shop");
    process.env.PATH = path0;
    await stack.stack.up();
    expect(names.map((name) => fleet.hostOf(name).owner)).toEqual(names.map((name) => `shop/test/${name}`));

    // A host that refuses fails the update before any old component is deleted.
    stack.use(asFleet);
    fleet.misbehave([second], misbehaviour.refusing);
    server.resetCounts();
    await expect(stack.stack.up()).rejects.toThrow(/the kernel is another era/);
    expect(server.executions.filter(({ command }) => command.includes(" restore "))).toEqual([]);

    fleet.misbehave([second]);
    const { outputs } = await stack.stack.up();
    expect(outputs.pending?.value).toEqual([]);
    expect(names.map((name) => fleet.hostOf(name).owner)).toEqual(names.map((name) => `shop/test/${name}/edge-1`));
    const types = (await stack.exportState()).deployment.resources?.map(({ type }) => type);
    expect(types).not.toContain("command:remote:Command");
    await stack.stack.destroy();
    expect(names.filter((name) => fleet.hostOf(name).owner !== undefined)).toEqual([]);
    stack.remove();
  });
});
