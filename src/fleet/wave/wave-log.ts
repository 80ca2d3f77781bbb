/** Lines for the person who watches a wave. */
export interface WaveLog {
  /** Shown while the wave is at work, and kept nowhere. */
  readonly progress: (message: string) => void;
  readonly info: (message: string) => void;
  readonly warn: (message: string) => void;
}

/** What every piece of work needs. */
export interface WorkContext {
  readonly log: WaveLog;
  /** Aborted: nothing is begun any more, and what is under way ends by itself. */
  readonly signal: AbortSignal;
  /** The command that a person runs to go on; `pulumi up` unless given. */
  readonly again?: string;
}

/** How the next update is called where nobody says otherwise. */
export const usualAgain = "pulumi up";
