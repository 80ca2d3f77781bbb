/** Who owns the settings of a host. */
import { encodeBytes } from "./encode";

/** Characters of a token; everything else is written as `=` and two hexadecimal digits for each byte of UTF-8. */
const encode = (text: string): string => encodeBytes(text, /[A-Za-z0-9_.:-]/, { radix: 16, digits: 2 });

const joined = (parts: readonly string[]): string => parts.map(encode).join("/");

/**
 * Names the owner of a host's settings: `project/stack/name`, the same for ever for one resource of one stack.
 * Characters that a command line could misread are encoded, so that different owners keep different tokens.
 */
export const hostToken = (project: string, stack: string, name: string): string => joined([project, stack, name]);

/** What the tokens of all hosts of a fleet begin with: `project/stack`. */
export const fleetOwner = (project: string, stack: string): string => joined([project, stack]);

/**
 * The same for a host of a fleet: `project/stack/name/wave`. Whoever of one `project/stack/name` applied last owns the
 * host, so that a wave that a host has left restores nothing.
 * @param owner what `fleetOwner` gives
 */
export const fleetToken = (owner: string, name: string, wave: string): string => `${owner}/${joined([name, wave])}`;

/** What the tokens of a host of a fleet begin with, whatever its wave: `project/stack/name`. */
export const ownerOfHost = (owner: string, name: string): string => `${owner}/${joined([name])}`;
