/** The policy pack through the real engine: `pulumi preview --policy-pack policies`, without a host or with one over SSH. */
import fs from "node:fs";
import path from "node:path";
import { remote } from "@pulumi/command";
import type { Output } from "@pulumi/pulumi";
import type { AuditReport } from "../../src/cli/audit/audit-report";
import { runCommandLine } from "../../src/cli/command-line";
import { ConntrackTuning } from "../../src/component/conntrack-tuning";
import {
  createCliStack,
  createInlineStack,
  failureOf,
  type CliStack,
  type InlineStack,
  type PulumiRun,
} from "../support/engine";
import { type SshServer, startSshServer } from "../support/ssh-server";
import { fleetHosts } from "../support/fleet-host";

const repositoryRoot = path.resolve(__dirname, "../..");
const pack = path.join(repositoryRoot, "policies");
const marker = "swordfish-7f3a";

let server: SshServer;
const stacks: (CliStack | InlineStack)[] = [];

const kept = <Stack extends CliStack | InlineStack>(stack: Stack): Stack => {
  stacks.push(stack);
  return stack;
};

const judged = (stack: CliStack, ...args: string[]): Promise<PulumiRun> =>
  stack.preview("--policy-pack", pack, ...args);

const shown = ({ stdout, stderr }: PulumiRun): string => stdout + stderr;

beforeAll(async () => {
  server = await startSshServer({ handler: fleetHosts().handler, listenOn: "0.0.0.0", password: marker });
});

afterAll(async () => {
  stacks.forEach((stack) => stack.remove());
  await server.close();
});

describe("The program of the root Pulumi.yaml", () => {
  let stack: CliStack;
  const connection = (index = 1) => ({
    host: `127.0.1.${index}`,
    port: server.port,
    user: "tuner",
    sudo: true,
    hostKey: server.hostKey,
    privateKey: server.clientKey,
  });
  const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };

  const configure = (hosts: Readonly<Record<string, object>>): void => {
    stack.configure({ "pulumi-conntrack:hosts": hosts });
  };

  beforeAll(async () => {
    stack = kept(await createCliStack({ project: repositoryRoot }));
  });

  test("A fleet within its limits passes", async () => {
    configure({ web1: { connection: connection(), facts }, web2: { connection: connection(2), facts } });
    const run = await judged(stack);
    expect([run.code, shown(run)]).toEqual([0, expect.stringContaining("pulumi-conntrack@v0.1.0 (local")]);
    expect(shown(run)).not.toContain("[mandatory]");
    expect(server.connections).toBe(0);
  });

  test("A host beyond its limits fails, with every sentence and no secret", async () => {
    const timeouts = { nf_conntrack_tcp_timeout_established: 432000 };
    configure({ web1: { connection: { ...connection(), password: marker }, facts, settings: { timeouts } } });
    const run = await judged(stack);
    expect(run.code).not.toBe(0);
    expect(shown(run)).toContain(
      "settings.timeouts.nf_conntrack_tcp_timeout_established is 432000, which is more than the 86400 seconds (1 day) allowed",
    );
    expect(shown(run)).toContain("connection.password is given, though logins by password are not allowed");
    expect(shown(run)).not.toContain(marker);
    expect(server.connections).toBe(0);
  });

  test("A file configures rules and levels", async () => {
    const file = path.join(stack.folder, "policies.json");
    const timeouts = { nf_conntrack_tcp_timeout_established: 432000 };
    configure({ web1: { connection: connection(), facts, settings: { timeouts } } });
    fs.writeFileSync(file, JSON.stringify({ "limit-established-timeout": { maximumSeconds: 432000 } }));
    const allowed = await judged(stack, "--policy-pack-config", file);
    expect([allowed.code, shown(allowed)]).toEqual([0, expect.not.stringContaining("[mandatory]")]);

    fs.writeFileSync(
      file,
      JSON.stringify({ "limit-established-timeout": "advisory", "forbid-root-login": "disabled" }),
    );
    const advised = await judged(stack, "--policy-pack-config", file);
    expect([advised.code, shown(advised)]).toEqual([
      0,
      expect.stringContaining("which is more than the 86400 seconds"),
    ]);

    fs.writeFileSync(file, JSON.stringify({ "limit-memory-share": { maximumShare: 0.001 } }));
    const refused = await judged(stack, "--policy-pack-config", file);
    expect([refused.code === 0, shown(refused)]).toEqual([
      false,
      expect.stringContaining("which is more than the 0.1 % of RAM (8.2 MiB) that a full table may take"),
    ]);
  });

  test.each([
    ["gke", true, "pulumi-conntrack@v0.1.0 (local"],
    ["openshift", false, "settings.max is 262144, which differs from the 1048576 required (TuneD"],
    ["strict", false, "[mandatory] [severity: medium]  require-facts"],
  ])("The preset %s is a configuration file of the pack", async (preset, passes, says) => {
    configure({ web1: { connection: connection(), facts } });
    const run = await judged(stack, "--policy-pack-config", path.join(pack, "presets", `${preset}.json`));
    expect([run.code === 0, shown(run)]).toEqual([passes, expect.stringContaining(says)]);
  });

  test("A file with a misspelt name fails, and the message names what is meant and no line of code", async () => {
    const file = path.join(stack.folder, "misspelt.json");
    fs.writeFileSync(file, JSON.stringify({ "keep-timeout-floors": { floors: { tcp_timeout_establishd: 99999 } } }));
    configure({ web1: { connection: connection(), facts } });
    const run = await judged(stack, "--policy-pack-config", file);
    expect([run.code === 0, shown(run)]).toEqual([
      false,
      expect.stringContaining(
        "keep-timeout-floors.floors.tcp_timeout_establishd = 99999: is no timeout of any kernel, so that no host would " +
          "ever be judged by it (docs/policies.md). Write nf_conntrack_tcp_timeout_established.",
      ),
    ]);
    expect(shown(run)).not.toMatch(/^\s+at .*policies/m);
    expect(server.connections).toBe(0);
  });

  test("The hosts of a fleet are judged where the inputs of components are kept from the engine", async () => {
    const environment = { PULUMI_NODEJS_SKIP_COMPONENT_INPUTS: "1" };
    const blind = kept(await createCliStack({ project: repositoryRoot, environment }));
    blind.configure({
      "pulumi-conntrack:hosts": { web1: { connection: { ...connection(), password: marker }, facts } },
    });
    const run = await judged(blind);
    expect([run.code === 0, shown(run)]).toEqual([
      false,
      expect.stringContaining("web1: connection.password is given"),
    ]);
  });

  test("An update of more hosts than allowed fails at its preview; unchanged hosts do not count", async () => {
    const fleet = (seconds: readonly number[]) =>
      Object.fromEntries(
        seconds.map((udp, index) => [
          `web${index}`,
          { connection: connection(index + 1), facts, settings: { timeouts: { nf_conntrack_udp_timeout: udp } } },
        ]),
      );
    const file = path.join(stack.folder, "two-hosts.json");
    fs.writeFileSync(
      file,
      JSON.stringify({ "limit-changed-hosts": { enforcementLevel: "mandatory", maximumHosts: 2 } }),
    );
    configure(fleet([30, 30, 30]));
    const first = await judged(stack, "--policy-pack-config", file);
    expect([first.code === 0, shown(first)]).toEqual([
      false,
      expect.stringContaining("this update changes 3 hosts (web0, web1, web2), more than the 2 allowed at once"),
    ]);
    const update = await stack.up();
    expect([update.code, server.connections]).toEqual([0, 3]);

    // What the engine exports is what the audit reads: the hosts, their commands and nothing encrypted that it needs.
    const exported = path.join(stack.folder, "stack.json");
    fs.writeFileSync(exported, JSON.stringify(await stack.exportState()));
    let report = "";
    const terminal = { out: (text: string) => (report += text), err: () => undefined, stdin: process.stdin };
    await runCommandLine(["audit", "--json", exported], terminal);
    const { files, findings, notJudged } = JSON.parse(report) as AuditReport;
    expect(files).toMatchObject([{ kind: "exported stack", hosts: 3, commands: 0 }]);
    expect(findings.filter(({ level }) => level === "mandatory")).toEqual([]);
    expect(notJudged.filter(({ subject }) => subject !== undefined)).toEqual([]);

    configure(fleet([31, 31, 30]));
    const second = await judged(stack, "--policy-pack-config", file);
    expect([second.code, shown(second)]).toEqual([0, expect.not.stringContaining("limit-changed-hosts")]);
  });
});

describe("A program that uses raw commands", () => {
  const connection = () => ({ host: server.host, port: server.port, privateKey: server.clientKey });
  const policyPacks = [pack];

  test("A command that writes a setting fails the preview, and its text is not shown", async () => {
    const inline = kept(
      await createInlineStack(() => {
        new remote.Command("raw", {
          connection: connection(),
          create: `TOKEN=${marker} sysctl -w net/netfilter/nf_conntrack_max=262144`,
        });
        return Promise.resolve();
      }),
    );
    const message = await failureOf(inline.stack.preview({ policyPacks }));
    expect(message).toContain(
      "create writes nf_conntrack_max by a sysctl assignment, behind the back of ConntrackTuning",
    );
    expect(message).not.toContain(marker);
  });

  test("A command that only looks passes", async () => {
    const inline = kept(
      await createInlineStack(() => {
        new remote.Command("look", { connection: connection(), create: "sysctl net.netfilter.nf_conntrack_max" });
        return Promise.resolve();
      }),
    );
    const { stdout } = await inline.stack.preview({ policyPacks });
    expect(stdout).toContain("pulumi-conntrack@v0.1.0 (local");
    expect(stdout).not.toContain("forbid-raw-writes");
  });
});

describe("Values that are not known at preview", () => {
  let asked: SshServer;

  beforeAll(async () => {
    asked = await startSshServer({ handler: () => ({ stdout: "432000" }) });
  });
  afterAll(() => asked.close());

  test("They are judged at the update, before their host is contacted", async () => {
    server.resetCounts();
    server.behave({ handler: fleetHosts().handler });
    const program = () => {
      const limit = new remote.Command("limit", {
        connection: { host: asked.host, port: asked.port, privateKey: asked.clientKey },
        create: "cat limit",
      });
      const seconds: Output<number> = limit.stdout.apply((text) => Number(text));
      new ConntrackTuning("web1", {
        connection: {
          host: server.host,
          port: server.port,
          hostKey: server.hostKey,
          privateKey: server.clientKey,
          dialErrorLimit: 0,
        },
        facts: { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" },
        settings: { timeouts: { nf_conntrack_tcp_timeout_established: seconds } },
      });
      return Promise.resolve();
    };
    const inline = kept(await createInlineStack(program));
    const { stdout } = await inline.stack.preview({ policyPacks: [pack] });
    expect(stdout).toMatch(/can't run policy 'limit-established-timeout' .*during preview/);

    const message = await failureOf(inline.stack.up({ policyPacks: [pack] }));
    expect(message).toContain("nf_conntrack_tcp_timeout_established is 432000, which is more than the 86400 seconds");
    expect([asked.connections, server.connections]).toEqual([1, 0]);

    // With a limit that the rule accepts the same program goes through, and only then the host is contacted.
    const config = path.join(inline.folder, "policies.json");
    fs.writeFileSync(config, JSON.stringify({ "limit-established-timeout": { maximumSeconds: 432000 } }));
    await inline.stack.up({ policyPacks: [pack], policyPackConfigs: [config] });
    expect(server.connections).toBe(1);
  });
});
