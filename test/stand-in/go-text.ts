/** Text as Go programs print it; the official plugin is one. */

const escapes: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

/** A string as Go's `%q` prints it. */
export const goQuote = (text: string): string => {
  const escaped = Array.from(text, (character) => {
    const code = character.charCodeAt(0);
    const control = code < 0x20 || code === 0x7f;
    return escapes[character] ?? (control ? `\\x${code.toString(16).padStart(2, "0")}` : character);
  });
  return `"${escaped.join("")}"`;
};

const connectReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
  ENOENT: "connect: no such file or directory",
};

/** A failed connect as Go's net package words it: `dial tcp 127.0.0.1:22: connect: connection refused`. */
export const goDialError = (network: "tcp" | "unix", address: string, error: NodeJS.ErrnoException): Error => {
  if (error.code === "ENOTFOUND" || error.code === "EAI_AGAIN") {
    return new Error(`dial ${network}: lookup ${address.replace(/:\d+$/, "")}: no such host`);
  }
  return new Error(`dial ${network} ${address}: ${connectReasons[error.code ?? ""] ?? error.message}`);
};

/** Numbers of the signals that SSH names (RFC 4254, section 6.10), for the exit status that Go derives from them. */
const signalNumbers: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  ABRT: 6,
  FPE: 8,
  KILL: 9,
  SEGV: 11,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
};

/** How a remote process ended, as the server tells it. */
export interface Exit {
  readonly code: number | null;
  readonly signal?: string;
  readonly description?: string;
}

/** The error for a remote process that did not succeed, in the words of Go's ssh package; undefined for success. */
export const goExitError = (exit: Exit | undefined): string | undefined => {
  if (exit === undefined) return "wait: remote command exited without exit status or exit signal";
  if (exit.signal === undefined) return exit.code === 0 ? undefined : `Process exited with status ${exit.code ?? 0}`;
  const status = 128 + (signalNumbers[exit.signal] ?? 0);
  const reason = (exit.description ?? "") === "" ? "" : `. Reason was: ${exit.description ?? ""}`;
  return `Process exited with status ${status} from signal ${exit.signal}${reason}`;
};
