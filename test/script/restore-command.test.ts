/** `restore HOST...` over real SSH, on simulated hosts that run the real host script: for the day when the stack is lost. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { answerMarker } from "../../src/delivery/answer/parse";
import { applyCommand } from "../../src/delivery/script/command-line";
import { grown } from "../support/planned-requests";
import { runCommand, startCommand, until } from "../support/command-line";
import { generateKeyPair, startSshServer, type SshHandler, type SshServer } from "../support/ssh-server";
import { answerOf, hostWith } from "./script-run";
import type { SimulatedHost } from "./simulated-host";
import { modernModule } from "./simulated-kernels";
import { runScript } from "./ssh-fleet";

const journal = "var/lib/pulumi-conntrack/journal";
const liveMax = "proc/sys/net/netfilter/nf_conntrack_max";

const tunedBy = (token: string): SimulatedHost => {
  const host = hostWith(modernModule);
  answerOf(host, applyCommand({ ...grown, token }));
  return host;
};
const pristine = hostWith(modernModule).snapshot("");

interface Served {
  readonly server: SshServer;
  /** Runs `restore` with a key and known hosts for all of them. */
  readonly restore: (...words: readonly string[]) => ReturnType<typeof runCommand>;
  readonly words: readonly string[];
  /** How the host of this number is written. */
  readonly at: (number: number) => string;
  readonly knownHosts: string;
}

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

/** Serves hosts at 127.0.0.1, 127.0.0.2, ... until the end of the test. */
const serve = async (...hosts: readonly (SimulatedHost | SshHandler)[]): Promise<Served> => {
  const handler: SshHandler = (execution) => {
    const host = hosts[Number(execution.address.split(".").at(-1)) - 1];
    if (host === undefined) return { exitCode: 127 };
    return typeof host === "function" ? host(execution) : runScript(host, execution.command, execution.stdin);
  };
  const server = await startSshServer({ listenOn: "0.0.0.0", handler });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "restore-"));
  open.push(async () => {
    await server.close();
    fs.rmSync(folder, { recursive: true });
  });
  const [identity, knownHosts] = [path.join(folder, "id"), path.join(folder, "known_hosts")];
  fs.writeFileSync(identity, server.clientKey, { mode: 0o600 });
  const rows = Array.from({ length: 9 }, (_, index) => `[127.0.0.${index + 1}]:${server.port} ${server.hostKey}\n`);
  fs.writeFileSync(knownHosts, rows.join(""));
  const words = ["restore", "--identity", identity, "--known-hosts", knownHosts, "--port", String(server.port)];
  return {
    ...{ server, words, knownHosts, at: (number) => `127.0.0.${number}` },
    restore: (...more) => runCommand(...words, ...more),
  };
};

interface Restored {
  readonly passed: boolean;
  readonly hosts: Readonly<
    Record<string, { result: string; owner?: string; changes: object; changedSince: string[]; notes: string[] }>
  >;
  readonly commands: readonly string[];
}
const parsed = (text: string): Restored => JSON.parse(text) as Restored;
const modesOf = ({ executions }: SshServer) =>
  executions.map(({ command }) => / (apply|verify|restore|facts) /.exec(command)?.[1]);

describe("Without an owner", () => {
  test("it says whose each host is, changes not a byte, prints the command that restores them, and exits 1", async () => {
    const hosts = [
      tunedBy("shop/prod/web1/edge-1"),
      tunedBy("shop/prod/web2"),
      tunedBy("other/dev/db1"),
      hostWith(modernModule),
    ];
    const before = hosts.map((host) => host.snapshot(""));
    const { server, restore, at, words } = await serve(...hosts);
    const { code, out, err } = await restore(at(1), at(2), at(3), at(4));
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(hosts.map((host) => host.snapshot(""))).toEqual(before);
    expect(server.connections).toBe(4);
    expect(out).toContain("127.0.0.1: belongs to shop/prod/web1/edge-1; nothing was changed\n");
    expect(out).toContain("127.0.0.3: belongs to other/dev/db1; nothing was changed\n");
    expect(out).toContain("127.0.0.4: nothing of ours is there\n");
    const [, , identity = "", , knownHosts = "", , port = ""] = words;
    const flags = `--port ${port} --identity ${identity} --known-hosts ${knownHosts}`;
    expect(out).toContain(`\n  pulumi-conntrack restore 127.0.0.1 127.0.0.2 --owner shop/prod ${flags}\n`);
    expect(out).toContain(`\n  pulumi-conntrack restore 127.0.0.3 --owner other/dev ${flags}\n`);
  });

  test("the command that it prints does what it says", async () => {
    const host = tunedBy("shop/prod/web1/edge-1");
    const { restore, at } = await serve(host);
    const [command = ""] = parsed((await restore(at(1), "--json")).out).commands;
    const { code } = await runCommand(...command.split(" ").slice(1));
    expect(code).toBe(0);
    expect(host.withoutAudit()).toEqual(pristine);
  });

  test("hosts with nothing of ours exit 0", async () => {
    const { restore, at } = await serve(hostWith(modernModule));
    const { code, out } = await restore(at(1));
    expect({ code, out }).toEqual({
      code: 0,
      out: "127.0.0.1: nothing of ours is there\n\n1 host: 1 with nothing of ours.\n",
    });
  });
});

describe("With an owner", () => {
  test("exactly its hosts have every byte back, each value is said before and after, and a second run finds nothing", async () => {
    const [web1, web2] = [tunedBy("shop/prod/web1/edge-1"), tunedBy("shop/prod/web2")];
    const { server, restore, at } = await serve(web1, web2);
    const { code, out, err } = await restore("--owner", "shop/prod", at(1), at(2));
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect([web1.withoutAudit(), web2.withoutAudit()]).toEqual([pristine, pristine]);
    expect(out).toContain("127.0.0.1: restored (it belonged to shop/prod/web1/edge-1)\n");
    expect(out).toMatch(new RegExp(`^ {2}max +${grown.settings.max} +65536$`, "m"));
    expect(out).toContain("2 hosts: 2 restored.\n");
    expect(modesOf(server)).toEqual(Array.from({ length: 4 }, () => "restore"));
    expect(await restore("--owner", "shop/prod", at(1), at(2))).toMatchObject({
      ...{ code: 0, out: expect.stringContaining("2 hosts: 2 with nothing of ours.\n") as string },
    });
  });

  test.each([["other/prod"], ["shop/pro"], ["shop/prod/web"]])(
    "a host of shop/prod is not that of %s: it is left as it is, named, and exits 1",
    async (owner) => {
      const [ours, foreign] = [tunedBy(`${owner}/web1`), tunedBy("shop/prod/web1/edge-1")];
      const before = foreign.snapshot("");
      const { restore, at } = await serve(ours, foreign);
      const { code, out } = await restore("--owner", owner, at(1), at(2));
      expect(code).toBe(1);
      expect(foreign.snapshot("")).toEqual(before);
      expect(ours.withoutAudit()).toEqual(pristine);
      expect(out).toContain("127.0.0.2: belongs to shop/prod/web1/edge-1; nothing was changed\n");
    },
  );

  test("any owner means all of them", async () => {
    const hosts = [tunedBy("shop/prod/web1"), tunedBy("other/dev/db1/db-2")];
    const { restore, at } = await serve(...hosts);
    const { code, out } = await restore("--any-owner", "--json", at(1), at(2));
    expect(code).toBe(0);
    expect(hosts.map((host) => host.withoutAudit())).toEqual([pristine, pristine]);
    expect(parsed(out)).toMatchObject({
      passed: true,
      hosts: {
        "127.0.0.1": {
          ...{ result: "restored", owner: "shop/prod/web1" },
          changes: { max: { before: grown.settings.max, after: 65536 } },
        },
        "127.0.0.2": { result: "restored", owner: "other/dev/db1/db-2" },
      },
    });
  });

  test("values that somebody changed since stay, and are said", async () => {
    const host = tunedBy("shop/prod/web1");
    host.write({ [liveMax]: 300000 });
    const { restore, at } = await serve(host);
    const { code, out } = await restore("--owner", "shop/prod", at(1));
    expect(code).toBe(0);
    expect(host.live("max")).toBe(300000);
    expect(host.live("buckets")).toBe(65536);
    expect(out).toContain("  Changed by somebody else since we set it, and left alone: max.\n");
    expect(out).not.toMatch(/^ {2}max /m);
  });

  test("a host whose record is damaged is not guessed at, and exits 1", async () => {
    const host = tunedBy("shop/prod/web1");
    host.write({ [journal]: (host.read(journal) ?? "").replace("65536", "65537") });
    const before = host.snapshot("");
    const { restore, at } = await serve(host);
    const { code, out } = await restore("--any-owner", at(1));
    expect(code).toBe(1);
    expect(out.replace(/\s+/g, " ")).toContain(
      "127.0.0.1: has files of ours, and the record of its old values is damaged or missing",
    );
    expect(host.snapshot("")).toEqual(before);
  });

  test("a dead host is named, the others are restored, and the exit code is 3", async () => {
    const host = tunedBy("shop/prod/web1");
    const { restore, at, knownHosts, server } = await serve(host);
    fs.appendFileSync(knownHosts, `[127.0.0.1]:1 ${server.hostKey}\n`);
    const { code, out } = await restore("--owner", "shop/prod", at(1), "127.0.0.1:1");
    expect(code).toBe(3);
    expect(host.withoutAudit()).toEqual(pristine);
    expect(out).toContain("127.0.0.1:1: what is there now is not known\n");
    expect(out).toMatch(/ECONNREFUSED/);
  });

  test("a host whose connection breaks during the restore is named with its owner, and the exit code is 3", async () => {
    const host = tunedBy("shop/prod/web1");
    let runs = 0;
    const served = await serve(({ command, stdin }) => {
      runs += 1;
      if (runs === 1) served.server.behave({ cutAt: "standardInput" });
      return runScript(host, command, stdin);
    });
    const { code, out } = await served.restore("--owner", "shop/prod", served.at(1));
    expect(code).toBe(3);
    expect(out.replace(/\s+/g, " ")).toContain(
      "127.0.0.1: what is there now is not known (it belonged to shop/prod/web1)",
    );
  });

  test("Ctrl-C begins no further host and says which", async () => {
    const host = tunedBy("shop/prod/web1");
    let isLooking = false;
    let goOn = (): void => undefined;
    const served = await serve(async ({ command, stdin }) => {
      isLooking = true;
      await new Promise<void>((resolve) => (goOn = resolve));
      return runScript(host, command, stdin);
    });
    const before = host.snapshot("");
    const run = startCommand([...served.words, "--owner", "shop/prod", served.at(1)]);
    await until(() => isLooking);
    run.interrupt();
    goOn();
    expect(await run.code).toBe(1);
    expect(host.snapshot("")).toEqual(before);
    expect(run.out).toContain("127.0.0.1: not restored (it belongs to shop/prod/web1)\n  was not begun");
  });
});

describe("Before any host is contacted", () => {
  test("a host whose key is not known is refused, with the command that prints it", async () => {
    const { server, restore, at, knownHosts } = await serve(tunedBy("shop/prod/web1"));
    fs.writeFileSync(knownHosts, "");
    const { code, err } = await restore("--any-owner", at(1));
    expect(code).toBe(2);
    expect(err).toContain(`127.0.0.1: has no host key in ${knownHosts}`);
    expect(err).toContain(`pulumi-conntrack facts --user root --port ${server.port} 127.0.0.1`);
    expect(server.connections).toBe(0);
  });

  test.each([
    [["--owner", "shop"], /no PROJECT\/STACK/],
    [["--owner", "shop/prod; reboot"], /no PROJECT\/STACK/],
    [["--owner", "shop/prod", "--any-owner"], /beside --any-owner/],
    [["--timeout-seconds", "0"], /--timeout-seconds/],
  ])("%j is wrong use", async (words, says) => {
    const { server, restore, at } = await serve(tunedBy("shop/prod/web1"));
    const { code, err } = await restore(...words, at(1));
    expect(code).toBe(2);
    expect(err).toMatch(says);
    expect(server.connections).toBe(0);
  });
});

describe("A host that lies", () => {
  const answer = (members: object): SshHandler => {
    const said = {
      ...{ command: "restore", presence: "module", kernel: "6.1.0", memTotalKiB: 1000, entries: 0 },
      ...{ previous: {}, settings: {}, found: [], warnings: [], owner: "", changed: false, ...members },
    };
    return () => ({ stdout: `${answerMarker} ${JSON.stringify(said)}\n` });
  };

  test("with another key than the known one is refused before anything runs there", async () => {
    const host = tunedBy("shop/prod/web1");
    const { server, restore, at, knownHosts } = await serve(host);
    fs.writeFileSync(knownHosts, `[127.0.0.1]:${server.port} ${generateKeyPair().public}\n`);
    const { code, out } = await restore("--any-owner", at(1));
    expect(code).toBe(3);
    expect(out.replace(/\s+/g, " ")).toContain("presents another host key than the known one");
    expect(server.executions).toEqual([]);
  });

  test.each([
    ["an owner that a shell would obey", { owner: "shop/prod/$(reboot)" }],
    ["an owner that a terminal would obey", { owner: "shop/prod/web1\u001b]0;owned\u0007" }],
    ["an owner of another line", { owner: "shop/prod/web1\nweb2: restored" }],
    ["an owner without end", { owner: "x".repeat(20_000) }],
    ["a change that nobody asked for", { changed: true }],
  ])("about %s is not believed, is asked nothing more, and exits 3", async (_what, members) => {
    const { server, restore, at } = await serve(answer(members));
    const { code, out } = await restore("--any-owner", at(1));
    expect(code).toBe(3);
    expect(out).toContain("127.0.0.1: what is there now is not known\n");
    expect(out.replace(/\s+/g, " ")).toContain("its answer is not believed");
    expect(out).not.toMatch(/[^\P{Cc}\n]/u);
    expect(out).not.toMatch(/^web2/m);
    expect(server.executions).toHaveLength(1);
  });

  test("in its warnings changes no terminal and begins no line of its own", async () => {
    const { restore, at } = await serve(
      answer({ warnings: ["changed-since:\u001b[2J\nweb2", "odd:\u0007\nweb2: restored"] }),
    );
    for (const form of [[], ["--json"]]) {
      const { out } = await restore(...form, at(1));
      expect(out).not.toMatch(/[^\P{Cc}\n]/u);
      expect(out).not.toMatch(/^web2/m);
    }
  });
});
