/** One connection for each distinct bastion, shared by all hosts behind it and made anew when it broke. */
import { createHash } from "node:crypto";
import type { SshEndpoint } from "./endpoint";
import { behindBastion } from "./failure";
import { startCountdown, type StageLimits } from "./limits";
import { openHost, type Opened } from "./open-host";

export interface Bastions {
  /**
   * The open bastion, dialled where it is not. A failure that a later attempt cannot mend is remembered: a thousand
   * hosts behind a bastion that refuses the login make one attempt there.
   */
  readonly reach: (bastion: SshEndpoint, limits: StageLimits) => Promise<Opened>;
  readonly close: () => void;
}

/** Bastions are the same where everything about them is: keys too, because they decide who logs in. */
const identityOf = (bastion: SshEndpoint): string => createHash("sha256").update(JSON.stringify(bastion)).digest("hex");

export const createBastions = (): Bastions => {
  const known = new Map<string, Promise<Opened>>();
  const open = async (identity: string, bastion: SshEndpoint, limits: StageLimits): Promise<Opened> => {
    const opened = await openHost(bastion, startCountdown(limits));
    if (opened.ok) opened.host.whenClosed(() => known.delete(identity));
    else if (opened.retryable) known.delete(identity);
    return opened.ok ? opened : behindBastion(opened, bastion.host);
  };
  return {
    reach: (bastion, limits) => {
      const identity = identityOf(bastion);
      const opening = known.get(identity) ?? open(identity, bastion, limits);
      known.set(identity, opening);
      return opening;
    },
    close: () => {
      known.forEach((opening) => void opening.then((opened) => opened.ok && opened.host.close()));
      known.clear();
    },
  };
};
