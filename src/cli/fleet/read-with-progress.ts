import { readFleet, type FleetReading } from "../../fleet/read-fleet";
import type { Terminal } from "../subcommand";
import type { FleetRequest } from "./fleet-request";

/** What ends sooner needs no progress. */
const quietMs = 1000;

interface Progress {
  /** One more host has ended. */
  readonly ended: () => void;
  /** Takes the line away. */
  readonly close: () => void;
}

/** A line on standard error that counts hosts, for a person who has waited a second; nothing where nobody watches. */
const showProgress = ({ isInteractive, err }: Terminal, total: number): Progress => {
  if (isInteractive !== true) return { ended: () => undefined, close: () => undefined };
  let [done, isShown] = [0, false];
  const show = (): void => {
    isShown = true;
    err(`\rreading hosts: ${done} of ${total}`);
  };
  const timer = setTimeout(show, quietMs);
  return {
    ended: () => {
      done += 1;
      if (isShown) show();
    },
    close: () => {
      clearTimeout(timer);
      if (isShown) err("\r\u001b[K");
    },
  };
};

/** Reads the hosts of a request once, with its progress. */
export const readWithProgress = (
  { hosts, lanes }: FleetRequest,
  terminal: Terminal,
  signal: AbortSignal = new AbortController().signal,
): Promise<FleetReading> => {
  const { ended, close } = showProgress(terminal, hosts.length);
  return readFleet({ hosts, lanes, signal, ended }).finally(close);
};
