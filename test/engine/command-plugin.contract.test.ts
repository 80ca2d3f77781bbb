/**
 * What this package relies on in the command plugin, whichever is there: the official one or the stand-in.
 * Source of the expected behaviour: pulumi-command v1.2.1, provider/pkg/provider/remote.
 */
import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { createInlineStack, everythingWritten, failureOf, type InlineStack } from "../support/engine";
import { type SshServer, startSshServer } from "../support/ssh-server";

let server: SshServer;
let inline: InlineStack;

/** Connections that were open when the last command came. */
let openAtLast = 0;

/** Commands name what they do: `print TEXT`, `fail`, `die`; anything else succeeds in silence. */
beforeAll(async () => {
  server = await startSshServer({
    handler: ({ command, stdin }) => {
      openAtLast = server.openConnections;
      if (command.startsWith("print ")) return { stdout: command.slice("print ".length) };
      if (command === "cat") return { stdout: stdin };
      if (command === "fail") return { stdout: "so far so good\n", stderr: "and no further\n", exitCode: 3 };
      return command === "die" ? { signal: "TERM" } : {};
    },
  });
});

beforeEach(async () => {
  server.resetCounts();
  server.behave({ acceptEnvironment: false });
  inline = await createInlineStack(() => Promise.resolve());
});

afterEach(() => inline.remove());

afterAll(() => server.close());

type Inputs = Omit<remote.CommandArgs, "connection">;

const connection = () => ({
  host: server.host,
  port: server.port,
  privateKey: server.clientKey,
  hostKey: server.hostKey,
});

/** The program is one command called `host`; gives its outputs. */
const declare = (inputs: Inputs, options?: pulumi.CustomResourceOptions): void =>
  inline.use(() => {
    const command = new remote.Command(
      "host",
      { connection: connection(), addPreviousOutputInEnv: false, ...inputs },
      options,
    );
    return Promise.resolve({ stdout: command.stdout, stderr: command.stderr });
  });

const up = async (inputs: Inputs, options?: pulumi.CustomResourceOptions) => {
  declare(inputs, options);
  return inline.stack.up();
};

const commands = () => server.executions.map(({ command }) => command);

describe("creating a command", () => {
  it("runs it once, over one connection, as root, with its standard input complete", async () => {
    const stdin = "first line\nlast line without a newline";
    const { outputs } = await up({ create: "cat", stdin });
    expect(outputs.stdout?.value).toBe(stdin);
    expect(server.connections).toBe(1);
    expect(server.executions).toEqual([{ user: "root", address: server.host, command: "cat", stdin, environment: {} }]);
  });

  it("takes exactly one trailing newline off the output", async () => {
    const { outputs } = await up({ create: "print a\n\n" });
    expect(outputs.stdout?.value).toBe("a\n");
  });

  it("contacts no host in a preview, and shows the output as unknown", async () => {
    declare({ create: "print a" });
    const preview = await inline.stack.preview();
    expect(preview.changeSummary).toEqual({ create: 2 });
    expect(preview.stdout).toMatch(/stdout: \[unknown\]/);
    expect(server.connections).toBe(0);
  });

  it("contacts no host where `create` is not set", async () => {
    const { outputs } = await up({ delete: "undo" });
    expect(outputs.stdout?.value).toBe("");
    expect(server.connections).toBe(0);
  });

  it("fails with the exit status, the command line and what it printed on both streams, and is tried again by the next up", async () => {
    declare({ create: "fail" });
    const failure = await failureOf(inline.stack.up());
    expect(failure).toContain('error: Process exited with status 3: running "fail":');
    expect(failure).toContain("so far so good");
    expect(failure).toContain("and no further");
    const { summary } = await up({ create: "print a" });
    expect(summary.resourceChanges).toMatchObject({ create: 1 });
  });

  it("leaves its connection open until the plugin ends", async () => {
    inline.use(() => {
      const before = new remote.Command("first", { connection: connection(), create: "first" });
      new remote.Command("second", { connection: connection(), create: "second" }, { dependsOn: before });
      return Promise.resolve();
    });
    await inline.stack.up();
    expect(openAtLast).toBe(2);
  });

  it("names the signal that ended the command", async () => {
    declare({ create: "die" });
    expect(await failureOf(inline.stack.up())).toContain("Process exited with status 143 from signal TERM");
  });

  it("refuses inputs of a wrong type before any host is contacted", async () => {
    declare({ create: 1 as unknown as string });
    expect(await failureOf(inline.stack.up())).toContain("create");
    expect(server.connections).toBe(0);
  });
});

describe("a second up", () => {
  it("changes nothing and contacts no host where nothing changed", async () => {
    await up({ create: "print a", delete: "undo" });
    server.resetCounts();
    const { summary } = await up({ create: "print a", delete: "undo" });
    expect(summary.resourceChanges).toEqual({ same: 2 });
    expect(server.connections).toBe(0);
  });

  it("runs `create` again where it changed and `update` is not set, and shows one line of difference", async () => {
    await up({ create: "print a", stdin: "script" });
    declare({ create: "print b", stdin: "script" });
    const preview = await inline.stack.preview({ diff: true });
    const lines = preview.stdout.split("\n").filter((line) => /^\s+[~+-] \w+: /.test(line) && line.includes("print"));
    expect(lines.map((line) => line.trim())).toEqual(['~ create: "print a" => "print b"']);
    const { outputs, summary } = await inline.stack.up();
    expect(summary.resourceChanges).toEqual({ same: 1, update: 1 });
    expect(outputs.stdout?.value).toBe("b");
    expect(commands()).toEqual(["print a", "print b"]);
  });

  it("runs `update` where it is set", async () => {
    await up({ create: "print a", update: "print again", stdin: "1" });
    const { outputs } = await up({ create: "print a", update: "print again", stdin: "2" });
    expect(outputs.stdout?.value).toBe("again");
    expect(commands()).toEqual(["print a", "print again"]);
  });

  it("keeps the old state where the update fails, so that the next up sees the difference again", async () => {
    await up({ create: "print a" });
    declare({ create: "fail" });
    expect(await failureOf(inline.stack.up())).toContain("Process exited with status 3");
    const { summary } = await up({ create: "print a" });
    expect(summary.resourceChanges).toEqual({ same: 2 });
  });

  it("treats a changed connection as an update: the command runs at the new place, `delete` not at the old", async () => {
    await up({ create: "print a", delete: "undo" });
    const other = await startSshServer();
    inline.use(() => {
      const there = { host: other.host, port: other.port, privateKey: other.clientKey };
      new remote.Command("host", {
        connection: there,
        create: "print a",
        delete: "undo",
        addPreviousOutputInEnv: false,
      });
      return Promise.resolve();
    });
    const { summary } = await inline.stack.up();
    await other.close();
    expect(summary.resourceChanges).toEqual({ same: 1, update: 1 });
    expect(other.executions.map(({ command }) => command)).toEqual(["print a"]);
    expect(commands()).toEqual(["print a"]);
  });

  it("replaces for a changed trigger: the new command first, then the old `delete`", async () => {
    await up({ create: "print a", delete: "undo", triggers: [1] });
    const { summary } = await up({ create: "print a", delete: "undo", triggers: [2] });
    expect(summary.resourceChanges).toEqual({ same: 1, replace: 1 });
    expect(commands()).toEqual(["print a", "print a", "undo"]);
  });

  it("replaces where triggers come for the first time", async () => {
    await up({ create: "print a", delete: "undo" });
    const { summary } = await up({ create: "print a", delete: "undo", triggers: [1] });
    expect(summary.resourceChanges).toEqual({ same: 1, replace: 1 });
    expect(commands()).toEqual(["print a", "print a", "undo"]);
  });

  it("runs the old `delete` first where deleteBeforeReplace is set", async () => {
    const options = { deleteBeforeReplace: true };
    await up({ create: "print a", delete: "undo", triggers: [1] }, options);
    await up({ create: "print b", delete: "undo", triggers: [2] }, options);
    expect(commands()).toEqual(["print a", "undo", "print b"]);
  });
});

describe("refresh and destroy", () => {
  it("refresh contacts no host; destroy runs `delete` with the recorded connection and standard input", async () => {
    await up({ create: "print a", delete: "undo", stdin: "script" });
    server.resetCounts();
    await inline.stack.refresh();
    expect(server.connections).toBe(0);
    await inline.stack.destroy();
    expect(server.executions).toEqual([
      { user: "root", address: server.host, command: "undo", stdin: "script", environment: {} },
    ]);
  });
});

describe("what is written down and shown", () => {
  it("keeps keys and secret inputs out of every file", async () => {
    const stdin = pulumi.secret("the secret standard input");
    await up({ create: "print harmless", stdin });
    const written = everythingWritten(inline.folder);
    expect(written).toContain("print harmless");
    expect(written).not.toContain("the secret standard input");
    const keyLine = server.clientKey.split("\n")[3] ?? "";
    expect(keyLine.length).toBeGreaterThan(60);
    expect(written).not.toContain(keyLine);
  });

  it.each([
    { logging: undefined, shown: true },
    { logging: remote.Logging.Stdout, shown: true },
    { logging: remote.Logging.Stderr, shown: false },
    { logging: remote.Logging.None, shown: false },
  ])("with logging $logging, a line of standard output is shown on the screen: $shown", async ({ logging, shown }) => {
    const hidden = { additionalSecretOutputs: ["stdout"] };
    const result = await up({ create: "print a telling line\n", logging }, hidden);
    expect(result.stdout.includes("a telling line")).toBe(shown);
  });
});

describe("environment variables", () => {
  it("stop the command where the server refuses them", async () => {
    declare({ create: "print a", environment: { SIZE: "big" } });
    const failure = await failureOf(inline.stack.up());
    expect(failure).toContain('could not set environment variable "SIZE": ssh: setenv failed');
    expect(commands()).toEqual([]);
  });

  it("reach the command where the server accepts them", async () => {
    server.behave({ acceptEnvironment: true });
    await up({ create: "print a", environment: { SIZE: "big", COLOUR: "red" } });
    expect(server.executions[0]?.environment).toEqual({ SIZE: "big", COLOUR: "red" });
  });

  it("carry the previous output unless asked not to; a refusal is only a warning", async () => {
    await up({ create: "print a", addPreviousOutputInEnv: true });
    const refused = await up({ create: "print b", addPreviousOutputInEnv: true });
    expect(refused.stdout).toContain("Unable to set 'PULUMI_COMMAND_STDOUT'");
    expect(refused.outputs.stdout?.value).toBe("b");
    server.behave({ acceptEnvironment: true });
    await up({ create: "print c", addPreviousOutputInEnv: true });
    expect(server.executions.at(-1)?.environment).toEqual({ PULUMI_COMMAND_STDOUT: "b" });
  });
});
