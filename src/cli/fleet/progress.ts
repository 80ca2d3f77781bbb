import type { Terminal } from "../subcommand";

/** What ends sooner needs no progress. */
const quietMs = 1000;

export interface Progress {
  /** One more host has ended. */
  readonly ended: () => void;
  /** Takes the line away. */
  readonly close: () => void;
}

/** A line on standard error that counts hosts, for a person who has waited a second; nothing where nobody watches. */
export const showProgress = ({ isInteractive, err }: Terminal, total: number): Progress => {
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
