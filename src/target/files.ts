/**
 * The files that make settings survive a reboot, for each way in which the module can be there.
 *
 * Sources: sysctl.d(5), modules-load.d(5), modprobe.d(5), udev(7); modprobe.conf(5) of module-init-tools and
 * modules.conf(5) of modutils for old hosts. What each road does at boot was measured on systemd 252 and kernel 6.1.
 */
import type { KernelRules } from "../kernel/rules";
import { bucketsTaken } from "./live-values";

/** How the module is there when a host is looked at. */
export const ModuleState = {
  /** Loaded, and nothing needs it. */
  Module: "module",
  /** Loaded, and other modules need it: rules track connections. */
  ModuleInUse: "moduleInUse",
  /** Part of the kernel. */
  Builtin: "builtin",
  /** Not loaded, and the kernel has it. */
  NotLoaded: "notLoaded",
} as const;
export type ModuleState = (typeof ModuleState)[keyof typeof ModuleState];

/** A place in a line that the values fill. */
export const Slot = {
  /** The number of buckets. */
  Buckets: { slot: "buckets" },
  /** All settings as `sysctl` takes them, one behind the other. */
  Assignments: { slot: "assignments" },
  /** The same, one line each. */
  AssignmentLines: { slot: "assignmentLines" },
} as const;
export type Slot = (typeof Slot)[keyof typeof Slot];

/** Text and slots of one line. */
export type Line = readonly (string | Slot)[];

export interface TargetFile {
  readonly path: string;
  /** `file`: all of it is ours. `block`: a file of others, in which the lines between our marks are ours. */
  readonly part: "file" | "block";
  /** Where the module is there in one of these ways the file is written. */
  readonly states: readonly ModuleState[];
  readonly lines: readonly Line[];
}

/** Begins what is ours in a file. */
export const mark = "# pulumi-conntrack";

/** Name of each of our files; sorts behind those of others in the same folder, so that ours is read last. */
export const fileName = "zz-pulumi-conntrack";

const sysctlFile = `/etc/sysctl.d/${fileName}.conf`;
const heading: Line = [`${mark}, do not edit`];

const loadable = [ModuleState.Module, ModuleState.ModuleInUse, ModuleState.NotLoaded];

const sysctl = (states: readonly ModuleState[]): TargetFile => ({
  path: sysctlFile,
  part: "file",
  states,
  lines: [heading, [Slot.AssignmentLines]],
});

/** sysctl.d is read before most modules are loaded. The event comes before the module's own files, hence three tries. */
const udevRule = (module: string): TargetFile => ({
  path: `/etc/udev/rules.d/${fileName}.rules`,
  part: "file",
  states: loadable,
  lines: [
    heading,
    [
      `ACTION=="add",SUBSYSTEM=="module",KERNEL=="${module}",` +
        `RUN+="/bin/sh -c 'for i in 1 2 3;do sysctl -p ${sysctlFile}&&break;sleep 1;done'"`,
    ],
  ],
});

const modulesLoad = (module: string, states: readonly ModuleState[]): TargetFile => ({
  path: `/etc/modules-load.d/${fileName}.conf`,
  part: "file",
  states,
  lines: [heading, [module]],
});

/** Our lines begin with a blank, so that a search for the writes of others does not find them. */
const inBlock = (lines: readonly Line[]): readonly Line[] => [
  [`${mark} {`],
  ...lines.map((line): Line => [" ", ...line]),
  [`${mark} }`],
];

const options = (module: string): Line => [`options ${module} hashsize=`, Slot.Buckets];

const runSysctl: Line = ["{ /sbin/sysctl -e -w ", Slot.Assignments, " >/dev/null || :; }"];

/** The configuration of modprobe: a folder of files today, one file for all modules before. */
const modprobe = (path: string, part: TargetFile["part"], lines: readonly Line[]): TargetFile => ({
  path,
  part,
  states: loadable,
  lines: inBlock(lines),
});

/**
 * Where buckets can be set by sysctl, sysctl.d alone decides what a boot brings; the module's parameter only spares the
 * boot a resize. Where rules use the module already it is loaded early, as nothing else retries sysctl.d.
 */
const filesOfWritable = (module: string, loadModule: boolean): readonly TargetFile[] => [
  sysctl(Object.values(ModuleState)),
  udevRule(module),
  modulesLoad(module, loadModule ? loadable : [ModuleState.ModuleInUse]),
  modprobe(`/etc/modprobe.d/${fileName}.conf`, "file", [options(module)]),
];

/**
 * Older kernels need the module's parameter. Several files could be caught half changed by a power failure, so that
 * there one file makes modprobe set everything, whoever loads the module.
 */
const filesOfOlder = (rules: KernelRules, loadModule: boolean): readonly TargetFile[] => {
  const { module } = rules;
  const hashsize = bucketsTaken(rules) === "none" ? [] : [options(module)];
  const install: Line = [`install ${module} /sbin/modprobe -i ${module} $CMDLINE_OPTS && `, ...runSysctl];
  const postInstall: Line = [`post-install ${module} `, ...runSysctl];
  return [
    sysctl([ModuleState.Builtin]),
    ...(loadModule ? [modulesLoad(module, loadable)] : []),
    modprobe(`/etc/modprobe.d/${fileName}.conf`, "file", [...hashsize, install]),
    ...(module === "ip_conntrack"
      ? [
          modprobe("/etc/modprobe.conf", "block", [...hashsize, install]),
          modprobe("/etc/modules.conf", "block", [...hashsize, postInstall]),
        ]
      : []),
  ];
};

/** Every file, in the order in which they are written. */
export const targetFiles = (rules: KernelRules, loadModule: boolean): readonly TargetFile[] =>
  rules.paths.bucketsWritable ? filesOfWritable(rules.module, loadModule) : filesOfOlder(rules, loadModule);
