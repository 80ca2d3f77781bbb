/** `status`: what exported stacks and states of rollouts tell, hostile ones too. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { component, encrypted, stack } from "../../../support/audit-stack";
import { runCommand, startCommand } from "../../../support/command-line";

let folder = "";
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "status-"));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const write = (document: unknown): string => {
  const file = path.join(folder, "file.json");
  fs.writeFileSync(file, typeof document === "string" ? document : JSON.stringify(document));
  return file;
};
const status = (document: unknown, ...words: readonly string[]) => runCommand("status", write(document), ...words);

const since = "2026-11-24T20:40:17.000Z";
const wave = (name: string, place: string, outputs: object = {}, inputs: object = {}) => ({
  urn: `urn:pulumi:prod::shop::conntrack:index:ConntrackFleet$conntrack:index:Rollout::${name}`,
  type: "conntrack:index:Rollout",
  inputs: { owner: "shop/prod", wave: name, place, connections: encrypted, hosts: { web1: {}, web2: {} }, ...inputs },
  outputs: { pending: [], count: 2, ...outputs },
});
const left = { pending: ["web2", "web9"], pendingSince: { web2: since, web9: since } };
const update = { begun: since, seconds: 3, outcomes: { set: 1, failed: 1 }, changes: ["web1: max 65536 -> 262144"] };
const operation = (urn: string, type: string) => ({ resource: { urn, type: "any" }, type });
const withOperations = (document: ReturnType<typeof stack>, ...operations: object[]) => ({
  ...document,
  deployment: { ...document.deployment, pending_operations: operations },
});

describe("An exported stack", () => {
  test("in which nothing is pending exits 0", async () => {
    const { code, out, err } = await status(stack(wave("edge-1", "1 of 1", { lastUpdate: update })));
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("2 hosts in 1 wave: nothing pending.\n");
  });

  test("names the wave, its pending hosts, since when, and the command that goes on, and exits 1", async () => {
    const document = stack(wave("edge-1", "1 of 1", { ...left, lastUpdate: update }));
    const { code, out } = await status(document);
    expect(code).toBe(1);
    expect(out).toContain("2 pending since 2026-11-24T20:40:17Z: web2, web9\n");
    expect(out).toContain("3.0 s: 1 set, 1 failed\n");
    expect(out).toMatch(/\n {2}pulumi up --stack prod\n/);
    expect((await status(document, "--json")).json()).toEqual({
      passed: false,
      fleets: [
        {
          ...{ owner: "shop/prod", fleet: "edge", pending: 2, goOn: "pulumi up --stack prod", wavesNotBegun: 0 },
          waves: [{ name: "edge-1", place: "1 of 1", hosts: 2, ...left, lastUpdate: update }],
        },
      ],
      cutOff: [],
    });
  });

  test("comes through a pipe too", async () => {
    const stdin = Readable.from([JSON.stringify(stack(wave("edge-1", "1 of 1", left)))]);
    const run = startCommand(["status"], { stdin });
    expect(await run.code).toBe(1);
    expect(run.out).toContain("web2, web9");
  });

  test("shows its waves in their order, whatever that of the file", async () => {
    const { out } = await status(
      stack(wave("edge-2", "3 of 3"), wave("edge-canary", "1 of 3"), wave("edge-1", "2 of 3")),
    );
    expect(out.match(/^edge-\w+/gm)).toEqual(["edge-canary", "edge-1", "edge-2"]);
  });

  test("with several fleets has a section for each", async () => {
    const { code, out } = await status(stack(wave("edge-1", "1 of 1", left), wave("core-1", "1 of 1")));
    expect(code).toBe(1);
    expect(out).toMatch(/^shop\/prod, fleet edge\n/);
    expect(out).toMatch(/\n\nshop\/prod, fleet core\n/);
  });

  test("whose rollout ended before its last waves were begun says how many, and exits 1", async () => {
    const { code, out } = await status(stack(wave("edge-canary", "1 of 3")));
    expect(code).toBe(1);
    expect(out).toContain("2 more waves were never begun.\n  pulumi up --stack prod\n");
  });

  test("of an update that was killed says at which wave, and what to do, and exits 1", async () => {
    const document = withOperations(
      stack(wave("edge-1", "1 of 1")),
      operation(wave("edge-1", "").urn, "updating"),
      operation("urn:pulumi:prod::shop::aws:s3/bucket:Bucket::logs", "creating"),
    );
    const { code, out } = await status(document);
    expect(code).toBe(1);
    const text = out.replace(/\s+/g, " ");
    expect(text).toContain("A run was killed while it was at work on edge-1 (updating)");
    expect(text).toContain("`pulumi cancel`");
    expect(text).not.toContain("logs");
    expect((await status(document, "--json")).json()).toMatchObject({
      ...{ passed: false, cutOff: [{ name: "edge-1", operation: "updating" }] },
    });
  });

  test("of a first update that was killed, which has no wave yet, is told all the same", async () => {
    const document = withOperations(stack(), operation(wave("edge-1", "").urn, "creating"));
    const { code, out } = await status(document);
    expect(code).toBe(1);
    expect(out).toContain("edge-1 (creating)");
  });

  test("in which a later update has made what a killed one began to create says nothing of it", async () => {
    const document = stack(wave("edge-1", "1 of 1"));
    expect((await status(withOperations(document, operation(wave("edge-1", "").urn, "creating")))).code).toBe(0);
  });

  test("with a wave that the engine has yet to delete counts only the one that took its place", async () => {
    const { code } = await status(stack({ ...wave("edge-1", "1 of 1", left), delete: true }, wave("edge-1", "1 of 1")));
    expect(code).toBe(0);
  });

  test("prints Markdown for a ticket", async () => {
    const { out } = await status(stack(wave("edge-1", "1 of 1", left)), "--markdown");
    expect(out).toMatch(/^### shop\/prod, fleet edge\n/);
    expect(out).toContain("\n```\npulumi up --stack prod\n```\n");
  });
});

test("The state of a rollout tells the same, and of a run that was killed", async () => {
  const document = {
    version: 1,
    owner: "inventory/edge",
    fleet: "edge",
    waves: [
      { inputs: { owner: "inventory/edge", wave: "edge-1", place: "1 of 2", hosts: {} }, state: { ...left, count: 5 } },
      {
        inputs: { owner: "inventory/edge", wave: "edge-2", place: "2 of 2, after edge-1", hosts: { web7: {} } },
        state: { pending: [] },
        begun: { names: ["web7"], untouched: [] },
      },
    ],
  };
  const { code, out } = await status(document);
  expect(code).toBe(1);
  expect(out).toMatch(/^inventory\/edge, fleet edge\n/);
  expect(out).toContain("edge-1 (wave 1 of 2): 5 hosts\n");
  expect(out).toContain("2 pending since 2026-11-24T20:40:17Z: web2, web9\n");
  expect(out.replace(/\s+/g, " ")).toContain("at work on edge-2 (updating web7)");
  expect(out).toMatch(/\n {2}pulumi-conntrack rollout INVENTORY --state .*file\.json\n/);
});

test("The state of a rollout that stands beside its inventory names the inventory to go on with", async () => {
  const file = path.join(folder, "my hosts.yaml.rollout.json");
  const inputs = { owner: "shop/prod", wave: "edge-1", place: "1 of 1", hosts: { web2: {} } };
  fs.writeFileSync(
    file,
    JSON.stringify({ version: 1, owner: "shop/prod", fleet: "edge", waves: [{ inputs, state: left }] }),
  );
  const { out } = await runCommand("status", file);
  expect(out).toContain(`\n  pulumi-conntrack rollout '${path.join(folder, "my hosts.yaml")}'\n`);
});

describe("What cannot be told is an error, never a pass", () => {
  test.each<[string, unknown, RegExp]>([
    ["no JSON", "hosts: {}", /is no JSON/],
    ["an inventory", { hosts: {} }, /is neither an exported stack nor the state of a rollout/],
    ["a list", [], /is neither/],
    ["a stack without a fleet", stack(component()), /holds no wave of a fleet/],
    ["a wave without outputs", stack({ ...wave("edge-1", "1 of 1"), outputs: undefined }), /edge-1.*outputs/],
    ["pending hosts that are encrypted", stack(wave("edge-1", "1 of 1", { pending: encrypted })), /pending/],
    ["a rollout whose wave is text", { owner: "shop/prod", waves: ["web1"] }, /waves\[0\]\.state/],
    ["many levels", `{"deployment":{"resources":${"[".repeat(1e5)}${"]".repeat(1e5)}}}`, /holds no wave of a fleet/],
  ])("%s exits 2", async (_what, document, says) => {
    const { code, out, err } = await status(document);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(says);
  });

  test("a file that is not there, and nothing piped into a terminal, exit 2", async () => {
    expect((await runCommand("status", path.join(folder, "none.json"))).code).toBe(2);
    const stdin = Object.assign(Readable.from([]), { isTTY: true });
    expect(await startCommand(["status"], { stdin }).code).toBe(2);
  });

  test("--json and --markdown at once exit 2", async () => {
    expect((await status(stack(wave("edge-1", "1 of 1")), "--json", "--markdown")).code).toBe(2);
  });
});

describe("A hostile file", () => {
  const bad = "\u001b]0;owned\u0007\nshop/prod: nothing pending";
  const hostile = stack(
    wave(
      "edge-1",
      "1 of 1",
      { pending: [bad], pendingSince: { [bad]: bad }, lastUpdate: { ...update, begun: bad, changes: [bad] } },
      { owner: bad, wave: bad },
    ),
  );

  test.each([["text"], ["--markdown"], ["--json"]])("changes no terminal and begins no line as %s", async (form) => {
    const { code, out } = await status(hostile, ...(form === "text" ? [] : [form]));
    expect(code).toBe(1);
    expect(out).not.toMatch(/[^\P{Cc}\n]/u);
    const outsideBlocks = out.replace(/^```\n[^]*?\n```$/gm, "");
    expect(outsideBlocks).not.toMatch(/^shop\/prod: nothing pending$/m);
  });

  test("puts nothing into the command to copy", async () => {
    const urn = wave("edge-1", "").urn.replace(":prod:", ":prod; reboot:");
    const { out } = await status(stack({ ...wave("edge-1", "1 of 1", left), urn }));
    expect(out).toMatch(/\n {2}pulumi up\n/);
    expect(out).not.toContain("reboot");
  });

  test("loses what only people read, and keeps what is pending", async () => {
    const { code, out } = await status(
      stack(wave("edge-1", "1 of 1", { ...left, count: "many", pendingSince: 5, lastUpdate: { begun: 5 } })),
    );
    expect(code).toBe(1);
    expect(out).toContain("2 pending: web2, web9\n");
  });

  test("of 100,000 pending hosts is read", async () => {
    const pending = Array.from({ length: 1e5 }, (_, index) => `web${index}`);
    const { code, out } = await status(stack(wave("edge-1", "1 of 1", { pending })));
    expect(code).toBe(1);
    expect(out).toContain("and 99900 more");
  });
});
