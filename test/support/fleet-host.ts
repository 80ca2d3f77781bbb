/**
 * One SSH server that is many hosts: each is known by the name in its token, remembers what it was told, and answers as
 * the host script does. For tests of fleets through the real engine.
 */
import type { SshHandler, SshReply } from "./ssh-server";
import { simulatedFleet } from "./simulated-fleet";

/** The name in `token=project/stack/name/wave`. */
export const hostIn = (command: string): string => / token=[^/]+\/[^/]+\/([^/ ]+)/.exec(command)?.[1] ?? "";

/** @param nameAt the name of the host at an address, for commands that bear no token */
export const fleetHosts = (nameAt: (address: string) => string = (address) => address) => {
  const fleet = simulatedFleet(Number.MAX_SAFE_INTEGER);
  const { signal } = new AbortController();
  const handler: SshHandler = async ({ command, address }): Promise<SshReply> => {
    const answer = await fleet.run(hostIn(command) || nameAt(address), command, signal);
    if (!answer.ok) return { stderr: `${answer.message}\n`, exitCode: 255 };
    const { stdout, stderr, exitCode, signal: ended } = answer;
    return { stdout, stderr, exitCode, signal: ended };
  };
  return { ...fleet, handler };
};
