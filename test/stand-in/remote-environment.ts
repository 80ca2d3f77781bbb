/**
 * Environment variables for a remote command. The official plugin asks the server for each and waits for its answer;
 * ssh2 sends such requests without asking for one, so its protocol layer (version 1.17) is driven here directly.
 */
import type { Client } from "ssh2";

interface Inside {
  readonly _protocol: {
    env: (channel: number, key: string, value: string, wantReply: true) => void;
    exec: (channel: number, command: string, wantReply: boolean) => void;
  };
  readonly _chanMgr: { readonly _channels: Readonly<Record<number, OpenChannel | -1>> };
}

interface OpenChannel {
  readonly outgoing: { readonly id: number };
  readonly _callbacks: ((failed: unknown) => void)[];
}

/** A variable to set before the command runs. */
export interface Variable {
  readonly name: string;
  readonly value: string;
  /** Called where the server refuses; it may throw to keep the command from running. */
  readonly onRefusal: () => void;
}

/**
 * Makes the next `exec` of this client ask for the variables first, one after the other.
 * @param abort is called with what `onRefusal` throws; the command is not run then
 */
export const setVariablesBeforeExec = (
  client: Client,
  variables: readonly Variable[],
  abort: (error: unknown) => void,
): void => {
  const inside = client as unknown as Inside;
  const protocol = inside._protocol;
  const exec = protocol.exec.bind(protocol);
  protocol.exec = (id, command, wantReply) => {
    const channel = Object.values(inside._chanMgr._channels).find((open) => open !== -1 && open.outgoing.id === id);
    if (channel === undefined || channel === -1) throw new Error("the channel to run the command in is not open");
    const ask = ([variable, ...rest]: readonly Variable[]): void => {
      if (variable === undefined) {
        exec(id, command, wantReply);
        return;
      }
      channel._callbacks.unshift((failed) => {
        try {
          if (failed !== undefined && failed !== false) variable.onRefusal();
        } catch (error) {
          abort(error);
          return;
        }
        ask(rest);
      });
      protocol.env(id, variable.name, variable.value, true);
    };
    ask(variables);
  };
};
