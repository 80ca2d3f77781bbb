/** Our fleet, and what stood before it: a component for each host. */
import fs from "node:fs";
import path from "node:path";
import YAML from "yaml";
import { hostFacts, type BenchHosts } from "./hosts";
import type { PulumiTool, Wanted } from "./measure-pulumi";

const root = path.resolve(__dirname, "../..");

const loginOf = ({ port, user, hostKey, clientKey: privateKey }: BenchHosts) => ({ port, user, hostKey, privateKey });

const settingsWith = (udpTimeout: number) => ({ timeouts: { nf_conntrack_udp_timeout: udpTimeout } });

/** The root program, with an inventory as a person writes it: what all hosts share stands in `defaults`. */
export const ourFleet: PulumiTool = {
  name: "ConntrackFleet",
  project: root,
  projectName: "pulumi-conntrack",
  canObserve: true,
  want: (stack, hosts, { observe, udpTimeouts: { first, others } }: Wanted) => {
    const inventory = path.join(stack.folder, "hosts.yaml");
    stack.configure({ "pulumi-conntrack:inventory": inventory });
    const { hostKey, ...login } = loginOf(hosts);
    const entries = hosts.addresses.map(
      (host, index) =>
        [
          `host${index}`,
          {
            connection: { host, hostKey },
            ...(index === 0 && first !== others ? { settings: settingsWith(first) } : {}),
          },
        ] as const,
    );
    const defaults = { connection: login, facts: hostFacts, settings: settingsWith(others) };
    const hostsByName = Object.fromEntries(entries);
    fs.writeFileSync(inventory, YAML.stringify({ defaults, hosts: hostsByName, observe }));
  },
};

const componentProgram = `const fs = require("node:fs");
const path = require("node:path");
const { ConntrackTuning } = require(${JSON.stringify(path.join(root, "dist/src/index.js"))});
const file = path.join(process.env.PULUMI_HOME, "..", "hosts.json");
for (const [name, host] of Object.entries(JSON.parse(fs.readFileSync(file, "utf8")))) new ConntrackTuning(name, host);
`;

/** A project below node_modules, where the SDK is found. */
const writeComponentProject = (): string => {
  const folder = path.join(root, "node_modules/.cache/pulumi-conntrack/bench-component");
  fs.mkdirSync(folder, { recursive: true });
  const runtime = { name: "nodejs", options: { typescript: false } };
  fs.writeFileSync(path.join(folder, "Pulumi.yaml"), YAML.stringify({ name: "component", runtime }));
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "component", main: "index.js" }));
  fs.writeFileSync(path.join(folder, "index.js"), componentProgram);
  return folder;
};

export const singleHosts = (): PulumiTool => ({
  name: "ConntrackTuning",
  project: writeComponentProject(),
  projectName: "component",
  canObserve: false,
  want: (stack, hosts, { udpTimeouts: { first, others } }) => {
    const entries = hosts.addresses.map((host, index) => [
      `host${index}`,
      {
        connection: { host, ...loginOf(hosts), dialErrorLimit: 5 },
        facts: hostFacts,
        settings: settingsWith(index === 0 ? first : others),
      },
    ]);
    fs.writeFileSync(path.join(stack.folder, "hosts.json"), JSON.stringify(Object.fromEntries(entries)));
  },
});
