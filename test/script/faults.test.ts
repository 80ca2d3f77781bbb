/**
 * Ends apply, change and restore at every step, in every shell, on three kernels. Whatever is ended, the host must be
 * as before or as planned, after a boot too, and the next run must finish. What came out is docs/faults.md.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { applyCommand, restoreCommand, type ApplyRequest } from "../../src/host/command-line";
import { hostScript } from "../../src/host/script";
import { grown, grownLegacy } from "../support/planned-requests";
import { runWithEnding, type Ending, type Strike } from "./kill-anywhere";
import { reboot } from "./made-up-boot";
import { MadeUpHost, shells, type HostSpec, type Shell } from "./made-up-host";
import { legacyModule, modernBuiltin, modernModule } from "./made-up-kernels";

interface Kernel {
  readonly name: string;
  readonly spec: HostSpec;
  readonly planned: ApplyRequest;
  /** The plan after a change: one key leaves it, another number comes. */
  readonly changed: ApplyRequest;
}

const kernels: readonly Kernel[] = [
  {
    name: "6.1, module",
    spec: modernModule,
    planned: grown,
    changed: { ...grown, settings: { max: 524288, buckets: 524288, timeouts: { nf_conntrack_udp_timeout: 25 } } },
  },
  {
    name: "6.1, built in",
    spec: modernBuiltin,
    planned: grown,
    changed: {
      ...grown,
      allowShrink: true,
      settings: { max: 131072, buckets: 131072, timeouts: { nf_conntrack_udp_timeout: 25 } },
    },
  },
  {
    name: "2.6.18, module",
    spec: legacyModule,
    planned: grownLegacy,
    changed: { ...grownLegacy, settings: { max: 65536, buckets: 8192, timeouts: {} }, allowShrink: true },
  },
];

const commands = ["apply", "change", "restore"] as const;
type Command = (typeof commands)[number];

const commandLine = (kernel: Kernel, command: Command): string =>
  ({
    apply: applyCommand(kernel.planned),
    change: applyCommand(kernel.changed),
    restore: restoreCommand({ sudo: false, token: kernel.planned.token }),
  })[command];

const keysOf = ({ planned }: Kernel): string[] => ["max", "buckets", ...Object.keys(planned.settings.timeouts)];

/** All that makes a difference now, at the next boot and to a later restore. */
const stateOf = (host: MadeUpHost, kernel: Kernel): string => {
  const live = Object.fromEntries(keysOf(kernel).map((key) => [key, host.live(key)]));
  return JSON.stringify({ live, files: host.snapshot("etc", "var/lib/pulumi-conntrack/journal") });
};

const templates = new Map<string, MadeUpHost>();
afterAll(() => templates.forEach((host) => host.remove()));

/** A host on which `command` may run next: a copy of one that came there by an undisturbed run. */
const prepared = (kernel: Kernel, command: Command): MadeUpHost => {
  if (command === "apply") return new MadeUpHost(kernel.spec);
  const template = templates.get(kernel.name) ?? new MadeUpHost(kernel.spec);
  if (!templates.has(kernel.name)) {
    expect(template.run(hostScript, applyCommand(kernel.planned)).status).toBe(0);
    templates.set(kernel.name, template);
  }
  return new MadeUpHost(kernel.spec, template);
};

interface Expected {
  readonly before: string;
  readonly planned: string;
  readonly bootedBefore: string;
  readonly bootedPlanned: string;
  readonly steps: readonly string[];
}

const bootedState = (host: MadeUpHost, kernel: Kernel): string =>
  JSON.stringify(reboot(host, kernel.spec, keysOf(kernel)));

/** What an undisturbed run comes from, leads to, and does on the way. */
const undisturbed = async (kernel: Kernel, command: Command): Promise<Expected> => {
  const host = prepared(kernel, command);
  const before = stateOf(host, kernel);
  const options = { shell: "dash", ending: "shell", at: 0 } as const;
  const run = await runWithEnding(host, hostScript, commandLine(kernel, command), options);
  expect(run).toMatchObject({ status: 0, stderr: "" });
  const planned = stateOf(host, kernel);
  const bootedPlanned = bootedState(host, kernel);
  host.remove();
  const other = prepared(kernel, command);
  const bootedBefore = bootedState(other, kernel);
  other.remove();
  return { before, planned, bootedBefore, bootedPlanned, steps: run.steps };
};

const outcomeOf = (state: string, before: string, planned: string): string => {
  if (state === planned) return "as planned";
  return state === before ? "as before" : `BETWEEN: ${state}`;
};

/** Ends one run at one step and says how the host is afterwards. */
const outcome = async (
  course: Course,
  shell: Shell,
  ending: Ending,
  at: Strike,
  expected: Expected,
): Promise<string> => {
  const { kernel, command } = course;
  const host = prepared(kernel, command);
  const line = commandLine(kernel, command);
  await runWithEnding(host, hostScript, line, { shell, ending, at });
  const found =
    ending === "machine"
      ? outcomeOf(bootedState(host, kernel), expected.bootedBefore, expected.bootedPlanned)
      : outcomeOf(stateOf(host, kernel), expected.before, expected.planned);
  // Whatever is left, a lock or half a transaction, the next run copes with it.
  const next = await runWithEnding(host, hostScript, line, { shell, ending: "shell", at: 0 });
  const after = stateOf(host, kernel);
  const finished = next.status === 0 && after === expected.planned;
  host.remove();
  return finished ? found : `${found}; next run: ${next.stderr}${after}`;
};

interface Course {
  readonly kernel: Kernel;
  readonly command: Command;
}

/** One row of the table: a step, and how the host is after each ending there. */
interface Row {
  readonly step: string;
  readonly shell: string;
  readonly machine: string;
}

const endedAt = async (course: Course, shell: Shell, step: number, expected: Expected): Promise<Row> => ({
  step: readable(expected.steps[step - 1] ?? ""),
  shell: await outcome(course, shell, "shell", step, expected),
  machine: await outcome(course, shell, "machine", step, expected),
});

const readable = (step: string): string =>
  step
    .replace(/\d+ \d+ 1{8}-\S+/, "OWNER")
    .replace(/^(mv|rm) -r?f? ?/, "$1 ")
    .replace(/^mv \S+ (\S+)$/, "write $1");

const inTurn = async <T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as T);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
};

/** With CONNTRACK_FAULTS=all every shell is ended at every step, and the table is written anew. */
const everywhere = process.env["CONNTRACK_FAULTS"] === "all";
/** Otherwise each is ended at a few steps, from another one on; together they meet all parts of a run. */
const strides: Readonly<Record<Shell, readonly [first: number, stride: number]>> = everywhere
  ? { dash: [1, 1], bash: [1, 1], busybox: [1, 1] }
  : { dash: [4, 6], bash: [7, 14], busybox: [12, 14] };

const stepsFor = (shell: Shell, count: number): number[] => {
  const [first, stride] = strides[shell];
  return Array.from({ length: count }, (_, index) => index + 1).filter(
    (step) => step >= first && (step - first) % stride === 0,
  );
};

const tablePath = join(__dirname, "../../docs/faults.md");
const lineOf = ({ kernel, command }: Course, step: number, row: Row): string =>
  `| ${kernel.name} | ${command} | ${step} | \`${row.step}\` | ${row.shell} | ${row.machine} |`;

const lines: string[] = [];
const table = existsSync(tablePath) ? readFileSync(tablePath, "utf8").split("\n") : [];

const heading = `# What faults do to a host

Made by the tests; a test fails where a line no longer holds. To make it anew:
\`CONNTRACK_FAULTS=all npx jest --selectProjects script --testPathPatterns faults\`.

A run of the host script was ended just before each step that changes anything, in dash, bash and busybox ash: the
outcome is the same in all three. "Shell" is SIGKILL to the shell alone, "machine" the end of all processes and a boot.
After each of them the next run finished as planned. Other faults (a refused write, a full disk, a value that the kernel
does not take, a run that hangs, two runs at once, a damaged journal) are in test/script/hostile.test.ts: everything is
put back and the step is named.

The end of the connection (hang-up at every step, closed standard output and error) never ends a run: as planned in
every command, kernel and shell.

| kernel | command | step | ended before | shell | machine, after boot |
| --- | --- | --- | --- | --- | --- |
`;

describe.each(kernels)("$name", (kernel) => {
  describe.each(commands)("%s", (command) => {
    const course = { kernel, command };
    let expected: Expected;
    beforeAll(async () => {
      expected = await undisturbed(kernel, command);
    });

    test.each(shells)(
      "ended anywhere in %s is as before or as planned, and the next run finishes",
      async (shell) => {
        const steps = stepsFor(shell, expected.steps.length);
        const rows = await inTurn(steps, 3, (step) => endedAt(course, shell, step, expected));
        const found = rows.map((row, index) => lineOf(course, steps[index] ?? 0, row));
        for (const row of rows)
          expect(`${row.shell}, ${row.machine}`).toMatch(/^as (before|planned), as (before|planned)$/);
        if (!everywhere) expect(table).toEqual(expect.arrayContaining(found));
        else if (shell === "dash") lines.push(...found);
        else expect(lines).toEqual(expect.arrayContaining(found));
      },
      900_000,
    );

    test.each(everywhere ? shells : shells.slice(0, 1))(
      "goes on in %s when the connection ends at every step",
      async (shell) => {
        expect(await outcome(course, shell, "connection", "every", expected)).toBe("as planned");
      },
      120_000,
    );
  });
});

afterAll(() => {
  if (everywhere) writeFileSync(tablePath, `${heading}${lines.join("\n")}\n`);
});
