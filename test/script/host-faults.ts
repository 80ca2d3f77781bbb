/** Faults of a host, as its script meets them, and how the host is afterwards. */
import { cpSync, existsSync, mkdirSync, readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { hostScript } from "../../src/delivery/script/script";
import {
  commandLine,
  endOnly,
  journal,
  outcomeOf,
  prepared,
  stateOf,
  undisturbed,
  type Course,
  type Expected,
} from "./fault-courses";
import { runWithEnding, type Disturbance } from "./kill-anywhere";
import type { SimulatedHost, Shell } from "./simulated-host";

export interface HostFault {
  readonly name: string;
  /** Lets the fault happen; answers how the host is, with exit status, or undefined where it cannot happen. */
  readonly happen: (course: Course, shell: Shell, expected: Expected) => Promise<string | undefined>;
}

const run = (host: SimulatedHost, line: string, shell: Shell, more: Partial<Disturbance> = {}) =>
  runWithEnding(host, hostScript, line, { ...undisturbed(shell), ...more });

/** The same run without the fault must finish. */
const finishing = async (host: SimulatedHost, course: Course, shell: Shell, expected: Expected): Promise<string> => {
  const { status, stderr } = await run(host, commandLine(course), shell);
  const found = stateOf(host, course);
  return status === 0 && found === expected.planned ? "" : `; NEXT RUN: ${stderr}${found}`;
};

interface Arranged extends Partial<Disturbance> {
  readonly arrange?: (host: SimulatedHost) => void;
}

/** Runs once under the fault, then once without. */
const disturbed = async (
  course: Course,
  shell: Shell,
  expected: Expected,
  faultOn: (host: SimulatedHost) => Arranged,
): Promise<{ readonly status: number | undefined; readonly text: string }> => {
  const host = prepared(course);
  const { arrange, ...disturbance } = faultOn(host);
  arrange?.(host);
  const { status } = await run(host, commandLine(course), shell, disturbance);
  const outcome = outcomeOf(stateOf(host, course), expected.before, expected.planned);
  host.deny();
  const after = await finishing(host, course, shell, expected);
  host.remove();
  return { status, text: `${outcome} (${status ?? "killed"})${after}` };
};

const denied = (name: string, pathsOf: (host: SimulatedHost, course: Course) => readonly string[]): HostFault => ({
  name,
  happen: async (course, shell, expected) => {
    const { text } = await disturbed(course, shell, expected, (host) => ({
      deniable: true,
      arrange: () => {
        host.write({ "var/lib/": "" });
        host.deny(...pathsOf(host, course));
      },
    }));
    return text;
  },
});

const firstTimeout = ({ kernel }: Course): string => Object.keys(kernel.planned.settings.timeouts)[0] ?? "";

/** Numbers that an undisturbed run writes to the kernel, each once. */
const numbersOf = ({ steps }: Expected): string[] => [
  ...new Set(steps.flatMap((step) => /^write (\d+)$/.exec(step)?.[1] ?? [])),
];

/** The kernel says EINVAL to a number, and keeps what it has: the shell has opened the file, which empties a real one. */
const refusing = (host: SimulatedHost, number: string): Arranged => {
  const kept = join(host.root, "../kept");
  return {
    prelude: `echo() { case "$*" in ${number}) command cat "${kept}$(command readlink /proc/$$/fd/1)"; return 1;; esac; command echo "$@"; }\n`,
    arrange: () => {
      mkdirSync(join(kept, host.root), { recursive: true });
      for (const folder of ["proc", "sys"].filter((name) => existsSync(join(host.root, name))))
        cpSync(join(host.root, folder), join(kept, host.root, folder), { recursive: true, verbatimSymlinks: true });
    },
  };
};

/** Files and folders below a host's /etc and /var. */
const blocksOf = (path: string): number =>
  statSync(path).isDirectory()
    ? readdirSync(path).reduce((sum, name) => sum + (name === "lock" ? 0 : blocksOf(join(path, name))), 1)
    : 1;

/** A disk with room for so many files and folders: what is written beyond is cut off, as ENOSPC leaves it. */
export const withRoomFor = (room: number, host: SimulatedHost): Arranged & { readonly prelude: string } => {
  const disk = `${host.root}/etc ${host.root}/var`;
  const limit = ["etc", "var"].reduce((sum, name) => sum + blocksOf(join(host.root, name)), room);
  return {
    prelude: [
      `injected_room() { [ $(($(command find ${disk} -type f -o -type d | command wc -l) + $1)) -le ${limit} ]; }`,
      'printf() { [ ! -f /dev/stdout ] || injected_room 0 || return 1; command printf "$@"; }',
      'cp() { injected_room 1 && command cp "$@"; }',
      'mkdir() { [ -d "$2" ] || injected_room 1 || return 1; command mkdir "$@"; }',
      "",
    ].join("\n"),
  };
};

/** A state without what only the journal knew: itself, and originals of keys that leave the plan. */
const withoutOriginals = (state: string, { kernel, command }: Course): string => {
  const { live, files } = JSON.parse(state) as { live: Record<string, string>; files: Record<string, string> };
  const kept =
    command === "change" ? ["max", "buckets", ...Object.keys(kernel.changed.settings.timeouts)] : Object.keys(live);
  return JSON.stringify({ live: kept.map((key) => live[key]), files: { ...files, [journal]: undefined } });
};

/** Ways in which a record may be wrong: one letter, half of it, nothing in it, somebody's note. */
const damages: readonly ((text: string) => string)[] = [
  (text) => text.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)),
  (text) => text.slice(0, text.length / 2),
  () => "",
  () => "do not delete\n",
];

/** The step at which all values are written and nothing is persisted or certain. */
const afterLastValue = ({ steps }: Expected): number =>
  steps.reduce((last, step, index) => (/^write \d+$/.test(step) ? index + 2 : last), 0);

const dated = (path: string, seconds: number): void => {
  for (const name of readdirSync(path))
    if (name !== "lock" && statSync(join(path, name)).isDirectory()) dated(join(path, name), seconds);
  utimesSync(path, seconds, seconds);
};

const clockJump = (name: string, seconds: number): HostFault => ({
  name,
  happen: async (course, shell, expected) => {
    const host = prepared(course);
    // Whoever asks the clock would be seen; the audit trail may, because nothing is decided by what it says.
    const prelude = `date() { [ "$*" = "-u +%Y-%m-%dT%H:%M:%SZ" ] || command echo asked >${host.root}/../clock; command date "$@"; }\n`;
    await run(host, commandLine(course), shell, { ending: "group", at: afterLastValue(expected), prelude });
    dated(host.root, seconds);
    await run(host, endOnly, shell, { prelude });
    const outcome = outcomeOf(stateOf(host, course), expected.before, expected.planned);
    const asked = host.read("../clock") === undefined ? "" : "; THE CLOCK WAS ASKED";
    const after = await finishing(host, course, shell, expected);
    host.remove();
    return `${outcome}${asked}${after}`;
  },
});

const refusedFolders: Readonly<Record<string, readonly string[]>> = {
  "/etc/sysctl.d": ["etc/sysctl.d"],
  "/etc/udev/rules.d": ["etc/udev/rules.d"],
  "/etc/modules-load.d": ["etc/modules-load.d"],
  "/etc/modprobe.d": ["etc/modprobe.d"],
  "/etc": ["etc"],
  "/var/lib": ["var/lib"],
  "/sys": ["sys"],
  "/proc/sys": ["proc/sys"],
};

export const hostFaults: readonly HostFault[] = [
  ...Object.entries(refusedFolders).map(([name, paths]) => denied(`EACCES or read-only below ${name}`, () => paths)),
  denied("EACCES for max", (host) => [host.livePath("max")]),
  denied("EACCES for buckets", (host) => [host.livePath("buckets")]),
  denied("EACCES for a timeout", (host, course) => [host.livePath(firstTimeout(course))]),
  {
    name: "EINVAL for each value in turn",
    happen: async (course, shell, expected) => {
      const texts: string[] = [];
      for (const number of numbersOf(expected))
        texts.push((await disturbed(course, shell, expected, (host) => refusing(host, number))).text);
      return [...new Set(texts)].join(", ");
    },
  },
  {
    name: "ENOSPC at each write in turn",
    happen: async (course, shell, expected) => {
      const texts: string[] = [];
      for (let room = 0; texts.at(-1)?.includes("(0)") !== true; room++)
        texts.push(
          (
            await disturbed(course, shell, expected, (host) => {
              host.write({ "var/": "" });
              return withRoomFor(room, host);
            })
          ).text,
        );
      return [...new Set(texts)].join(", ");
    },
  },
  {
    name: "EINVAL while the loaded module is in use",
    happen: async (course, shell, expected) => {
      const { spec } = course.kernel;
      if (spec.loadable === undefined || course.command !== "apply") return undefined;
      const loaded = Object.fromEntries(
        Object.entries(spec.loadable).map(([name, text]) => [name, String(text).trim()]),
      );
      const host = prepared(course);
      const inUse =
        'injected_modprobe() { [ "$1" != -r ] && command cp -rf ' + `${host.root}/../loadable/. ${host.root}/; }\n`;
      // The last value of all, a timeout; it is empty in the file, which the kernel's own would not be.
      const prelude = `${inUse}echo() { case "$*" in 20) command echo 30; return 1;; esac; command echo "$@"; }\n`;
      const { status } = await run(host, commandLine(course), shell, { prelude });
      const values = Object.keys(loaded).every((name) => host.read(name)?.trim() === loaded[name]);
      const files = host.files("etc", journal).length === 0;
      const outcome = values && files ? "as before, but loaded" : `BETWEEN: ${stateOf(host, course)}`;
      const after = await finishing(host, course, shell, expected);
      host.remove();
      return `${outcome} (${status ?? "killed"})${after}`;
    },
  },
  {
    name: "two runs at once",
    happen: async (course, shell, expected) => {
      const host = prepared(course);
      const both = await Promise.all([run(host, commandLine(course), shell), run(host, commandLine(course), shell)]);
      const outcome = outcomeOf(stateOf(host, course), expected.before, expected.planned);
      host.remove();
      return `${outcome} (${both.map(({ status }) => status ?? "killed").join(", ")})`;
    },
  },
  {
    name: "a damaged journal",
    happen: async (course, shell, expected) => {
      const texts: string[] = [];
      for (const damage of damages) {
        const host = prepared(course);
        host.write({ [journal]: damage(host.read(journal) ?? "project/stack/web1 nf_conntrack max=1:2\n") });
        const { status } = await run(host, commandLine(course), shell);
        const states = [stateOf(host, course), expected.before, expected.planned] as const;
        host.remove();
        const [found, before, planned] = states.map((state) => withoutOriginals(state, course));
        texts.push(`${outcomeOf(found ?? "", before ?? "", planned ?? "")} (${status ?? "killed"})`);
      }
      return [...new Set(texts)].join(", ");
    },
  },
  {
    name: "a run that died, its record damaged, then the next run",
    happen: async (course, shell, expected) => {
      const texts: string[] = [];
      for (const damage of damages) {
        const host = prepared(course);
        await run(host, commandLine(course), shell, { ending: "group", at: afterLastValue(expected) });
        const record = "var/lib/pulumi-conntrack/transaction/values";
        host.write({ [record]: damage(host.read(record) ?? "") });
        const { status } = await run(host, commandLine(course), shell);
        texts.push(`${outcomeOf(stateOf(host, course), expected.before, expected.planned)} (${status ?? "killed"})`);
        host.remove();
      }
      return [...new Set(texts)].join(", ");
    },
  },
  clockJump("a run that died, the clock 70 years ahead, put back", Date.UTC(2099, 0) / 1000),
  clockJump("a run that died, the clock in 1970, put back", 86400),
];
