/** The command lines for a host of a fleet. */
import { applyCommandFor, restoreCommand, verifyCommandFor, type LineForToken } from "../delivery/script/command-line";
import { fleetToken, ownerOfHost } from "../delivery/script/token";
import { ProblemsError } from "../validation/problems";
import { invalid, valid, type Checked } from "../validation/validation";
import { fleetHost, type HostRecord } from "./host-record";
import { targetOfHost } from "./host-target";

/** Who asks: the owner (`project/stack`), the wave, and for each host whether it needs sudo. */
export interface Asker {
  readonly owner: string;
  readonly wave: string;
  readonly sudoOf: (connection: string) => boolean;
}

const attempted = <T>(make: () => T): Checked<T> => {
  try {
    return valid(make());
  } catch (error) {
    if (error instanceof ProblemsError) return invalid(error.problems);
    throw error;
  }
};

type Mode = "apply" | "verify";
const commandFor = { apply: applyCommandFor, verify: verifyCommandFor } satisfies Record<Mode, unknown>;

const prepare = (
  mode: Mode,
  name: string,
  record: HostRecord,
  { sudoOf }: Asker,
  former: string | undefined,
): Checked<LineForToken> => {
  const host = fleetHost(record, name);
  if (!host.ok) return host;
  const target = targetOfHost(host.value);
  if (!target.ok) return target;
  const adopt = target.value.adopt ?? former;
  return attempted(() => commandFor[mode]({ ...target.value, adopt, sudo: sudoOf(host.value.connection) }));
};

/** Lines of each asker by what they are made of: most hosts of a fleet differ in the way to them only. */
const prepared = new WeakMap<Asker, Map<string, LineForToken>>();

/** Only good ones are remembered, because problems name the host. */
const prepareOnce = (
  mode: Mode,
  name: string,
  record: HostRecord,
  asker: Asker,
  former: string | undefined,
): Checked<LineForToken> => {
  const { host: _host, port: _port, hostKey: _hostKey, ...held } = record;
  const text = `${mode} ${former ?? ""} ${JSON.stringify(held)}`;
  const lines = prepared.get(asker) ?? new Map<string, LineForToken>();
  prepared.set(asker, lines);
  const known = lines.get(text);
  if (known !== undefined) return valid(known);
  const made = prepare(mode, name, record, asker, former);
  if (made.ok) lines.set(text, made.value);
  return made;
};

const lineOf = (mode: Mode, name: string, record: HostRecord, asker: Asker, former?: string): Checked<string> => {
  const made = prepareOnce(mode, name, record, asker, former);
  return made.ok ? attempted(() => made.value(fleetToken(asker.owner, name, asker.wave))) : made;
};

/**
 * Sets, persists and reads back what the record says.
 * @param formerName name under which this fleet had the host before: it is taken over from there
 */
export const applyLine = (name: string, record: HostRecord, asker: Asker, formerName?: string): Checked<string> =>
  lineOf("apply", name, record, asker, formerName && ownerOfHost(asker.owner, formerName));

/** Compares live values and files with the record; writes nothing. */
export const verifyLine = (name: string, record: HostRecord, asker: Asker): Checked<string> =>
  lineOf("verify", name, record, asker);

/** Puts the old values back where this wave owns the host. */
export const restoreLine = (
  name: string,
  { connection }: HostRecord,
  { owner, wave, sudoOf }: Asker,
): Checked<string> =>
  attempted(() =>
    restoreCommand({
      sudo: typeof connection === "string" && sudoOf(connection),
      token: fleetToken(owner, name, wave),
    }),
  );
