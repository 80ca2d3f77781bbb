/**
 * What a person asks of one host, less the connection: the request of `plan()` and of the `plan` command.
 */
import * as z from "zod";
import { PAGE_SIZES_BYTES } from "../kernel/page-size";
import type { Timeouts } from "../kernel/settings";
import { maximumMemoryShare } from "../sizing/memory";
import { Role } from "../sizing/roles";
import { trafficSchema, type Traffic } from "../sizing/traffic";

/** What a failing verdict of the simulation does. */
export const OnVerdict = {
  /** Nothing is applied. */
  Error: "error",
  /** It is said, and applied nevertheless. */
  Warn: "warn",
} as const;
export type OnVerdict = (typeof OnVerdict)[keyof typeof OnVerdict];

/** Facts of one host; a wrong one is found out when the host answers, before anything is written. */
export interface HostFacts {
  /** RAM in MiB, nominal or measured (MemTotal / 1024). */
  readonly memoryMiB: number;
  /** What `uname -m` prints. */
  readonly arch: string;
  /** What `uname -r` prints. */
  readonly kernel: string;
  /** What `uname -v` prints, or Ubuntu's /proc/version_signature: shows the upstream patch level. */
  readonly unameVersion?: string;
  /** Number of processors; kube-proxy's own size of the table follows it. Default 1. */
  readonly cores?: number;
  /** What `getconf PAGESIZE` prints; default that of the architecture. */
  readonly pageSizeBytes?: number;
  /** LowTotal of /proc/meminfo on 32-bit hosts, in KiB; default 896 MiB. */
  readonly lowTotalKiB?: number;
  /** Network namespaces with tables of their own (kernels before 4.9); default 1. */
  readonly networkNamespaces?: number;
}

/** Numbers set by hand; each wins over the model, inside the limits of the kernel, the role and the memory share. */
export interface SettingsOverride {
  /** Entries that may exist. */
  readonly max?: number;
  /** Hash buckets; the kernel rounds them up to whole pages. */
  readonly buckets?: number;
  /** Seconds by sysctl name, for example `nf_conntrack_tcp_timeout_established`. */
  readonly timeouts?: Timeouts;
}

/** Facts as a person declares them: RAM and machine may follow from the instance type. */
export interface DeclaredFacts extends Omit<HostFacts, "memoryMiB" | "arch"> {
  /** A type of AWS, Google, Azure or Hetzner: RAM, machine and cores that are not declared follow from it. */
  readonly instanceType?: string;
  /** RAM in MiB, nominal or measured; required where no instance type is given. */
  readonly memoryMiB?: number;
  /** What `uname -m` prints; required where no instance type is given. */
  readonly arch?: string;
}

export interface PlanRequest {
  readonly facts: HostFacts;
  /** What the host is for; default `host`. */
  readonly role?: Role;
  readonly settings?: SettingsOverride;
  /** Part of RAM (of low memory on 32 bits), 0 to 0.5, for table and entries; default 1/32. */
  readonly memoryShare?: number;
  /** Allows a max below what the kernel or the host has now. */
  readonly allowShrink?: boolean;
  /** Loads the module where it is not loaded; before about 4.10 that alone starts tracking all traffic. */
  readonly loadModule?: boolean;
  /**
   * Takes the host over from whoever owns it by this package, another stack or a host of another name; without it that is
   * refused. No change by itself.
   */
  readonly adopt?: boolean;
  /** The load to carry: the table is sized for it and proved by the simulation. */
  readonly traffic?: Traffic;
  /** What a failing verdict does; default `error`. */
  readonly onVerdict?: OnVerdict;
}

/** A request as a person writes it. */
export interface DeclaredRequest extends Omit<PlanRequest, "facts"> {
  readonly facts: DeclaredFacts;
}

const wholeNumber = z.int().min(1);

/** 4 PiB, the physical addresses of x86-64: Documentation/arch/x86/x86_64/5level-paging.rst. */
const maximumMemoryMiB = 2 ** 32;
/** CONFIG_NR_CPUS at the most: arch/x86/Kconfig, NR_CPUS_RANGE_END. */
const maximumCores = 8192;
/** All that 32 bits can address. */
const maximumLowTotalKiB = 2 ** 22;
/** A namespace without a process is not counted, and there are at most so many: include/linux/threads.h, PID_MAX_LIMIT. */
const maximumNamespaces = 2 ** 22;

export const hostFactsSchema = z.strictObject({
  memoryMiB: z.number().min(1).max(maximumMemoryMiB),
  arch: z.string().min(1),
  kernel: z.string().min(1),
  unameVersion: z.string().optional(),
  cores: wholeNumber.max(maximumCores).optional(),
  pageSizeBytes: z.literal(PAGE_SIZES_BYTES).optional(),
  lowTotalKiB: wholeNumber.max(maximumLowTotalKiB).optional(),
  networkNamespaces: wholeNumber.max(maximumNamespaces).optional(),
});

export const planRequestSchema = z.strictObject({
  facts: hostFactsSchema,
  role: z.enum(Role).optional(),
  settings: z
    .strictObject({
      max: z.int().optional(),
      buckets: z.int().optional(),
      timeouts: z.record(z.string(), z.int()).optional(),
    })
    .optional(),
  memoryShare: z.number().gt(0).max(maximumMemoryShare).optional(),
  allowShrink: z.boolean().optional(),
  loadModule: z.boolean().optional(),
  adopt: z.boolean().optional(),
  traffic: trafficSchema.optional(),
  onVerdict: z.enum(OnVerdict).optional(),
}) satisfies z.ZodType<PlanRequest>;
