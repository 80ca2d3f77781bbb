/** The state that the root program of 0.1.0 wrote, with a test's own hosts in it. */
import fs from "node:fs";
import path from "node:path";
import YAML from "yaml";
import { script010 } from "./release-0.1.0";
import type { CliStack } from "./engine";
import type { SshServer } from "./ssh-server";

/** Its one host is web1, with 127.0.0.1 as its address. */
const fixture = fs.readFileSync(path.join(__dirname, "../engine/fixtures/stack-0.1.0.json"), "utf8");

/** What 0.1.0 ran on a host of this name: the `create` of the state's command. */
export const create010 = (name: string): string =>
  (/"create": "(.*)"/.exec(fixture)?.[1] ?? "").replaceAll("/web1", `/${name}`);

interface Resource {
  readonly urn: string;
}
interface Deployment {
  readonly resources: readonly Resource[];
}
interface State {
  readonly deployment: Deployment;
}

type HostServer = Pick<SshServer, "port" | "hostKey" | "clientKey">;

const inner = (text: string): string => JSON.stringify(text).slice(1, -1);

const withHost = (name: string, { port, hostKey, clientKey }: HostServer): State => {
  const text = fixture
    .replaceAll('"@PORT@"', String(port))
    .replaceAll("@PORT@", String(port))
    .replaceAll("@HOST_KEY@", hostKey)
    .replaceAll("@PRIVATE_KEY@", () => inner(inner(clientKey)))
    .replaceAll("@SCRIPT@", () => inner(script010))
    .replaceAll("web1", name);
  return JSON.parse(text) as State;
};

const isOfHost = ({ urn }: Resource): boolean => urn.includes("ConntrackTuning");

/** Puts a text in the place of a stack's state. */
export const importState = async (stack: CliStack, text: string): Promise<void> => {
  const file = path.join(stack.folder, "state.json");
  fs.writeFileSync(file, text);
  const { code, stderr } = await stack.pulumi("stack", "import", "--stack", "test", "--file", file);
  if (code !== 0) throw new Error(stderr);
};

/** Gives a stack the state of 0.1.0 with these hosts; the engine encrypts its secrets for this stack. */
export const importStateOf010 = async (
  stack: CliStack,
  servers: Readonly<Record<string, HostServer>>,
): Promise<void> => {
  const states = Object.entries(servers).map(([name, server]) => withHost(name, server));
  const [first] = states;
  if (first === undefined) throw new Error("a state of 0.1.0 needs a host");
  const { encryptionsalt } = YAML.parse(fs.readFileSync(stack.configFile, "utf8")) as { encryptionsalt: string };
  const resources = [
    ...first.deployment.resources.filter((each) => !isOfHost(each)),
    ...states.flatMap(({ deployment }) => deployment.resources.filter(isOfHost)),
  ];
  const deployment = {
    ...first.deployment,
    resources,
    secrets_providers: { type: "passphrase", state: { salt: encryptionsalt } },
  };
  await importState(stack, JSON.stringify({ ...first, deployment }));
};
