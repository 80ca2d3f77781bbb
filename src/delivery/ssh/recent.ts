/**
 * What a process knows of hosts from a moment ago: a connection that is still open, or that it could not be reached.
 * Commands that follow each other closely then need one connection, and wait for a dead host once.
 */
import { createHash } from "node:crypto";
import type { SshTarget } from "./endpoint";
import type { SshFailure } from "./failure";
import type { OpenHost } from "./open-host";

export interface Recent {
  /** An open connection; it belongs to whoever took it. */
  readonly take: (target: SshTarget) => OpenHost | undefined;
  /** Keeps a connection open for whoever comes next. */
  readonly keep: (target: SshTarget, host: OpenHost) => void;
  /** Why the host could not be reached a moment ago. */
  readonly failureOf: (target: SshTarget) => SshFailure | undefined;
  readonly remember: (target: SshTarget, failure: SshFailure) => void;
  /** Closes what is open and forgets everything. */
  readonly close: () => void;
}

/** Connections that stay open at the most; each takes some 100 KB here and a process on its host. */
const maximumOpen = 1000;

/** Targets are the same where everything about them is, keys too. */
const identityOf = (target: SshTarget): string => createHash("sha256").update(JSON.stringify(target)).digest("hex");

/** @param seconds after which a connection is closed and a failure forgotten */
export const createRecent = (seconds: number): Recent => {
  const open = new Map<string, OpenHost>();
  const failures = new Map<string, SshFailure>();
  const later = (forget: () => void): void => void setTimeout(forget, seconds * 1000).unref();
  const drop = (identity: string, host: OpenHost): boolean =>
    open.get(identity) === host && open.delete(identity);
  return {
    take: (target) => {
      const identity = identityOf(target);
      const host = open.get(identity);
      open.delete(identity);
      return host;
    },
    keep: (target, host) => {
      const identity = identityOf(target);
      if (open.size >= maximumOpen || open.has(identity)) {
        host.close();
        return;
      }
      open.set(identity, host);
      host.whenClosed(() => drop(identity, host));
      later(() => {
        if (drop(identity, host)) host.close();
      });
    },
    failureOf: (target) => failures.get(identityOf(target)),
    remember: (target, failure) => {
      const identity = identityOf(target);
      failures.set(identity, failure);
      later(() => failures.delete(identity));
    },
    close: () => {
      open.forEach((host) => host.close());
      open.clear();
      failures.clear();
    },
  };
};
