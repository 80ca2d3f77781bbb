/**
 * Finds in a script or a file what writes connection tracking settings, in every spelling that shells, sysctl, module
 * loaders and boot loaders take. It looks at text only and never runs it.
 */
import { FLAGS } from "../../src/kernel/tables/flags";
import { TIMEOUTS } from "../../src/kernel/tables/timeouts";
import { commandsOf } from "./shell-text";
import type { Variables } from "./shell-words";

/** One write: which setting, and by which means, in words for a message. */
export interface RawWrite {
  /** A name that the kernel has, or the beginning of one; never other text, which may hold a secret. */
  readonly setting: string;
  readonly means: string;
}

/** A setting's own name. sysctl.d, `tee` and the shell also take globs and braces, a function its argument. */
const name = String.raw`(?:(?:nf|ip)_conntrack_|nf_flowtable_)[\w*?{},\[\]$]{1,99}`;
/** module_param of nf_conntrack_core.c, _expect.c, _acct.c, _timestamp.c, _helper.c and _standalone.c. */
const parameter = String.raw`(?:(?:expect_)?hashsize|acct|tstamp|nf_conntrack_helper|enable_hooks)\b`;
const setting = String.raw`(?<setting>${name}|(?<=conntrack/+parameters/+)${parameter})`;
const moduleName = String.raw`(?:nf|ip)[-_]conntrack`;

const inPath = String.raw`[^\s<>()=]`;
const endOfPath = String.raw`(?![^\s;&|)<>}])`;
/** A file of /proc/sys or /sys, also below a mount. */
const kernelFile =
  String.raw`(?=${inPath}*(?:proc/+sys|sys/+module/+[^\s<>()=/]*conntr[^\s<>()=/]*)/)${inPath}*/` +
  String.raw`(?<setting>${name}|(?<=parameters/+)${parameter})${endOfPath}`;
/** The same after `cd`. */
const fileNearby = String.raw`(?:[\w.*-]+/+)*(?<setting>${name}|${parameter})${endOfPath}`;
/** What every form needs; most commands have nothing of it. */
const mentions = new RegExp(`conntr|nf_flowtable|${parameter}`);
const changesIntoKernel = /\b(?:cd|pushd) \S*(?:proc\/+sys|sys\/+module\/+[^\s/]*conntr)/;

interface Form {
  /** Found one after the other in a command, each behind the one before; so no pattern looks at a text twice. */
  readonly steps: readonly RegExp[];
  readonly means: string;
}

const formsOf = (file: string): readonly Form[] => [
  { steps: [new RegExp(String.raw`>[|&]? ?${file}`)], means: "a redirection into the kernel's file" },
  { steps: [/\btee\b/, new RegExp(` ${file}`)], means: "tee into the kernel's file" },
  { steps: [new RegExp(String.raw`\bof=${file}`)], means: "dd into the kernel's file" },
  {
    steps: [/\b(?:cp|install|mv|rsync|sponge)\b/, new RegExp(String.raw` ${file} ?(?:$|[)}]|\d?[<>])`)],
    means: "a copy onto the kernel's file",
  },
];

const mode = String.raw`(?:mode ?= ?)?[rbt]*[wa+]`;
const inPlace = / (?:-\w{0,9}i|--in-place)/;

const forms: readonly Form[] = [
  // `sysctl -w net.netfilter.nf_conntrack_max=1`, `net/netfilter/...`, and lines of sysctl.conf and sysctl.d.
  { steps: [new RegExp(String.raw`[./](?<setting>${name}) ?= ?[^=~\s]`)], means: "a sysctl assignment" },
  {
    steps: [/\bprintf\b/, /%s ?= ?%/, new RegExp(`(?<setting>${name})`), /> ?[^\s>]*sysctl/],
    means: "a sysctl assignment",
  },
  ...formsOf(kernelFile),
  { steps: [/\bsed\b/, inPlace, new RegExp(`(?<setting>${name})`)], means: "sed on a sysctl file" },
  { steps: [/\bsed\b/, new RegExp(`(?<setting>${name})`), inPlace], means: "sed on a sysctl file" },
  {
    steps: [new RegExp(String.raw`\bopen ?\([^()]*?${setting} ?, ?${mode}`)],
    means: "a program that opens the kernel's file to write",
  },
  {
    steps: [new RegExp(String.raw`\b(?:(?:write|append)File(?:Sync)?|File\.write|IO\.write) ?\([^(),]*${setting}`)],
    means: "a program that writes the kernel's file",
  },
  {
    steps: [
      new RegExp(String.raw`\bPath ?\([^()]*${setting}`),
      new RegExp(String.raw`^(?!.*\.read_).*\.(?:write_|open ?\( ?${mode})`),
    ],
    means: "a program that writes the kernel's file",
  },
  // systemd-tmpfiles: type, path, mode, user, group, age, argument.
  {
    steps: [new RegExp(String.raw`(?:^| )[wf][+!=~^-]* ${kernelFile}(?: \S+){4} \S`)],
    means: "a tmpfiles.d line",
  },
  // Augeas; a set of nft has neither a dot nor a slash in its name.
  { steps: [new RegExp(String.raw`\bset \S*[./](?<setting>${name}) \S`)], means: "an edit of a sysctl file" },
  {
    steps: [new RegExp(moduleName), /ATTR\{parameters\/(?<setting>hashsize)\} ?=(?!=)/],
    means: "a udev rule",
  },
  {
    steps: [new RegExp(String.raw`\boptions ${moduleName}(?= )`), new RegExp(` (?<setting>${parameter})=`)],
    means: "a modprobe.d option",
  },
  {
    steps: [
      /\b(?:modprobe|insmod)\b/,
      new RegExp(String.raw` (?:\S*/)?${moduleName}(?:\.ko\S*)?(?= )`),
      new RegExp(` (?<setting>${parameter})=`),
    ],
    means: "a module parameter",
  },
  { steps: [new RegExp(String.raw`\b${moduleName}\.(?<setting>${parameter})=`)], means: "a kernel boot parameter" },
];

const formsInKernelFolder: readonly Form[] = [...forms, ...formsOf(fileNearby)];

const settingIn = (command: string, { steps }: Form): string | undefined => {
  let rest = command;
  let found: string | undefined;
  for (const step of steps) {
    const match = step.exec(rest);
    if (match === null) return undefined;
    found = match.groups?.["setting"] ?? found;
    rest = rest.slice(match.index + match[0].length);
  }
  return found;
};

const kernelNames: readonly string[] = [
  ...["max", "buckets", "count", "expect_max"].map((size) => `nf_conntrack_${size}`),
  ...Object.keys({ ...FLAGS, ...TIMEOUTS }),
];

/** The name without globs and braces, cut where the kernel's own names end: `nf_conntrack_{max,count}` tells no more. */
const nameInMessage = (found: string): string => {
  if (new RegExp(`^${parameter}$`).test(found)) return found;
  let shown = found.replace(/\W/g, "");
  while (!kernelNames.some((known) => known.startsWith(shown.replace(/^ip_/, "nf_"))))
    shown = shown.replace(/[^_]*_?$/, "");
  return shown;
};

/** Every write of a connection tracking setting that `text` holds, each setting and means once. */
export const findRawWrites = (text: string, environment: Variables = {}): readonly RawWrite[] => {
  const commands = commandsOf(text, environment);
  const tried = commands.some((command) => changesIntoKernel.test(command)) ? formsInKernelFolder : forms;
  const found = new Map<string, RawWrite>();
  for (const command of commands.filter((each) => mentions.test(each))) {
    for (const form of tried) {
      const match = settingIn(command, form);
      if (match === undefined) continue;
      const write = { setting: nameInMessage(match), means: form.means };
      found.set(JSON.stringify(write), write);
    }
  }
  return [...found.values()];
};

const wholeKernelFile = new RegExp(`^${kernelFile}$`);

/** The setting whose own file this is; undefined for every other file. */
export const settingOfFile = (path: string): string | undefined => {
  const found = wholeKernelFile.exec(path)?.groups?.["setting"];
  return found === undefined ? undefined : nameInMessage(found);
};
