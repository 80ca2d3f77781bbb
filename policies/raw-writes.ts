/**
 * Finds in a script or a file what writes connection tracking settings, in every spelling that shells, sysctl, module
 * loaders and boot loaders take. It looks at text only and never runs it.
 */

/** One write: which setting, and by which means, in words for a message. */
export interface RawWrite {
  /** Name of the setting; letters, digits and underscores only, so that it never carries a secret. */
  readonly setting: string;
  readonly means: string;
}

/** A setting's own name. sysctl.d, `tee` and the shell also take globs and braces. */
const name = String.raw`(?:(?:nf|ip)_conntrack_|nf_flowtable_)[\w*?{},\[\]]+`;
/** The same, or the last part of a module parameter's path. */
const setting = String.raw`(?<setting>${name}|(?:nf|ip)_conntrack[/.]parameters[/.]\w+|hashsize)`;
const moduleName = String.raw`(?:nf|ip)[-_]conntrack`;
/** A file of /proc/sys or /sys: absolute, below a mount, below a variable, or bare after a `cd`. */
const file = String.raw`(?:\S*(?:proc|sys|net|netfilter|ipv4|parameters)/|\$\{?\w+\}?/|\./)?${setting}(?=[\s;&|)]|$)`;

interface Form {
  readonly pattern: RegExp;
  readonly means: string;
}

/** Each form of a write; they are tried on one statement at a time, quotes removed. */
const forms: readonly Form[] = [
  // `sysctl -w net.netfilter.nf_conntrack_max=1`, `net/netfilter/...`, and lines of sysctl.conf and sysctl.d.
  { pattern: new RegExp(String.raw`[./](?<setting>${name})\s*=\s*[^=\s]`), means: "a sysctl assignment" },
  { pattern: new RegExp(String.raw`>{1,2}\|?\s*${file}`), means: "a redirection into the kernel's file" },
  { pattern: new RegExp(String.raw`\btee\b(?:\s+\S+)*?\s+${file}`), means: "tee into the kernel's file" },
  { pattern: new RegExp(String.raw`\bof=${file}`), means: "dd into the kernel's file" },
  { pattern: new RegExp(String.raw`\b(?:cp|install|mv)\s.*\s${file}\s*$`), means: "a copy onto the kernel's file" },
  {
    pattern: new RegExp(String.raw`\bsed\b.*\s(?:-\w*i|--in-place).*?(?<setting>${name})`),
    means: "sed on a sysctl file",
  },
  {
    pattern: new RegExp(String.raw`\bopen\s*\(.*?(?<setting>${name}|hashsize)\s*,\s*(?:mode\s*=\s*)?[rbt]*[wa+]`),
    means: "a program that opens the kernel's file to write",
  },
  {
    pattern: new RegExp(
      String.raw`\b(?:writeFile(?:Sync)?|File\.write|IO\.write|Path)\s*\(.*?(?<setting>${name}|hashsize)(?!.*read_)`,
    ),
    means: "a program that writes the kernel's file",
  },
  // systemd-tmpfiles: type, path, mode, user, group, age, argument.
  {
    pattern: new RegExp(String.raw`(?:^|\s)[wf][+!=~^-]*\s+/\S*?${setting}(?:\s+\S+){4}\s+\S`),
    means: "a tmpfiles.d line",
  },
  { pattern: new RegExp(String.raw`\bset\s+\S*?(?<setting>${name})\s+\S`), means: "an edit of a sysctl file" },
  { pattern: /ATTR\{parameters\/(?<setting>hashsize)\}\s*=(?!=)/, means: "a udev rule" },
  {
    pattern: new RegExp(String.raw`\boptions\s+${moduleName}\s+(?:\S+\s+)*?(?<setting>\w+)=`),
    means: "a modprobe.d option",
  },
  {
    pattern: new RegExp(
      String.raw`\b(?:modprobe|insmod)\b(?:\s+\S+)*?\s+\S*${moduleName}(?:\.ko\S*)?\s+(?:\S+\s+)*?(?<setting>\w+)=`,
    ),
    means: "a module parameter",
  },
  { pattern: new RegExp(String.raw`\b${moduleName}\.(?<setting>\w+)=`), means: "a kernel boot parameter" },
];

/** Only looking: what follows such a word is a pattern or a file to read. */
const onlyReads = /^\s*(?:sudo\s+(?:-\S+\s+)*)?(?:[efz]?grep|cat|less|head|tail|test|\[{1,2})\s[^>]*$/;

/** Lines that are comments say nothing to a shell, nor to sysctl; a # further on may stand in quotes. */
const withoutComments = (text: string): string => text.replace(/^[ \t]*[#;].*$/gm, "");

/** `KEY=net.netfilter.nf_conntrack_max; sysctl -w $KEY=1` reads like `sysctl -w net.netfilter...=1`. */
const withVariables = (text: string): string => {
  const values = new Map(
    [...text.matchAll(/(?:^|[\s;&])(\w+)=([\w./-]+)(?=[\s;&]|$)/g)].map(([, variable = "", value = ""]) => [
      variable,
      value,
    ]),
  );
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
    return values.get(braced ?? bare ?? "") ?? whole;
  });
};

/** Quotes, escapes and continued lines vanish as they do in a shell. */
const unquoted = (text: string): string => text.replace(/\\\r?\n/g, "").replace(/["'`\\]/g, "");

/** Cuts a script where one command ends and the next begins. A pipe stays: `echo ... | tee FILE` is one thing. */
const statements = (text: string): readonly string[] => text.split(/\r?\n|;|&&|\|\|/);

const mentions = /(?:nf|ip)[-_]conntrack|nf_flowtable|hashsize/;

/** The bare name of a setting, for a message. */
const bareName = (found: string): string => found.split(/[/.]/).at(-1)?.replace(/[^\w]/g, "") ?? "";

/** Every write of a connection tracking setting that `text` holds, each setting and means once. */
export const findRawWrites = (text: string): readonly RawWrite[] => {
  const plain = unquoted(withoutComments(text));
  if (!mentions.test(plain)) return [];
  // `hashsize` alone belongs to other modules too.
  const aboutTable = /(?:nf|ip)[-_]conntrack|nf_flowtable/.test(plain);
  const found = new Map<string, RawWrite>();
  for (const statement of statements(withVariables(plain))) {
    if (onlyReads.test(statement)) continue;
    for (const { pattern, means } of forms) {
      const match = pattern.exec(statement)?.groups?.["setting"];
      if (match === undefined || !aboutTable) continue;
      const write = { setting: bareName(match), means };
      found.set(JSON.stringify(write), write);
    }
  }
  return [...found.values()];
};
