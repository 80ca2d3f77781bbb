/**
 * What rules judge, as plain values of the contract. Every field may be absent, and reading one may throw: the engine
 * throws where a value is not known yet, an exported stack where it is encrypted. So a rule reads only what it needs.
 */
import * as z from "zod";
import type { Settings } from "../../src/kernel/settings";
import type { HostFacts } from "../../src/plan/request";
import type { Problem } from "../../src/validation/problems";
import type { TableMemory } from "../../src/sizing/memory";
import type { Role } from "../../src/sizing/roles";

/** One SSH endpoint of a host. */
export interface EndpointInputs {
  readonly user?: string;
  readonly privateKey?: string;
  readonly privateKeyPassphrase?: string;
  readonly password?: string;
  readonly hostKey?: string;
  readonly insecureIgnoreHostKey?: boolean;
}

/** What the simulation said of the plan. */
interface VerdictInputs {
  /** `passed`, `failed`, or `notJudged` where no traffic was declared. */
  readonly outcome: string;
  /** SHA-256 over the settings that were judged. */
  readonly settingsHash: string;
}

const number = z.number();

/** The form of `settings` and `memory` below, for whoever reads inputs that may be of any form. */
export const settingsShape = { max: number, buckets: number, timeouts: z.record(z.string(), number) };
export const memoryShape = { tableBytes: number, entryBytes: number, fullBytes: number, shareOfRam: number };

/** What `ConntrackTuning` passes to the engine; `settings` and `memory` are those of the finished plan. */
export interface HostInputs {
  readonly connection?: EndpointInputs & { readonly bastion?: EndpointInputs };
  readonly facts?: HostFacts;
  readonly role?: Role;
  readonly settings?: Settings;
  readonly memory?: TableMemory;
  readonly allowShrink?: boolean;
  readonly traffic?: unknown;
  readonly verdict?: VerdictInputs;
  /** A host of a fleet that could not be asked what it is made of: there is only its connection to judge. */
  readonly unread?: boolean;
}

/** One tuned host. */
export interface HostSubject {
  readonly name: string;
  readonly inputs: HostInputs;
  /** The same for a host that stands in two files; undefined where the address is not known. */
  readonly identity?: string;
}

/** A host of a file that cannot be judged, with every mistake. */
export interface RefusedHost {
  readonly name: string;
  readonly problems: readonly Problem[];
}

/** What stands in a file under a name, also where it is refused, decommissioned or yet to be deleted. */
export interface FilePart {
  readonly name: string;
  /** Paths of keys and passwords that stand in plain text. */
  readonly clearSecrets: readonly string[];
}

/** A resource that runs a command or copies a file, whoever made it. */
export interface CommandSubject {
  readonly name: string;
  readonly type: string;
  /** URN of the resource above it. */
  readonly parent?: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** A tuned host in a preview. */
export interface UpdateSubject {
  readonly name: string;
  /** True where the coming update runs a command on the host. */
  readonly changes: boolean;
}
