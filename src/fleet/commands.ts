/** The command lines for a host of a fleet. */
import { applyCommand, restoreCommand, verifyCommand } from "../delivery/script/command-line";
import { fleetToken } from "../delivery/script/token";
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

const written = (line: () => string): Checked<string> => {
  try {
    return valid(line());
  } catch (error) {
    if (error instanceof ProblemsError) return invalid(error.problems);
    throw error;
  }
};

const aboutTarget = (
  name: string,
  record: HostRecord,
  { owner, wave, sudoOf }: Asker,
  line: typeof verifyCommand,
): Checked<string> => {
  const host = fleetHost(record, name);
  if (!host.ok) return host;
  const target = targetOfHost(host.value);
  if (!target.ok) return target;
  const request = { ...target.value, sudo: sudoOf(host.value.connection), token: fleetToken(owner, name, wave) };
  return written(() => line(request));
};

/** Sets, persists and reads back what the record says. */
export const applyLine = (name: string, record: HostRecord, asker: Asker): Checked<string> =>
  aboutTarget(name, record, asker, applyCommand);

/** Compares live values and files with the record; writes nothing. */
export const verifyLine = (name: string, record: HostRecord, asker: Asker): Checked<string> =>
  aboutTarget(name, record, asker, verifyCommand);

/** Puts the old values back where this wave owns the host. */
export const restoreLine = (
  name: string,
  { connection }: HostRecord,
  { owner, wave, sudoOf }: Asker,
): Checked<string> =>
  written(() =>
    restoreCommand({
      sudo: typeof connection === "string" && sudoOf(connection),
      token: fleetToken(owner, name, wave),
    }),
  );
