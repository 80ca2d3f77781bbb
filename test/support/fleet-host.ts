/**
 * One SSH server that is many hosts: each is known by the name in its token, remembers what it was told, and answers as
 * the host script does. For tests of fleets through the real engine.
 */
import { answerMarker } from "../../src/delivery/answer/parse";
import type { SshHandler, SshReply } from "./ssh-server";
import { simulatedFleet } from "./simulated-fleet";

/** The name in `token=project/stack/name/wave`. */
export const hostIn = (command: string): string => / token=[^/]+\/[^/]+\/([^/ ]+)/.exec(command)?.[1] ?? "";

/** What a `facts` run prints; nobody looks at the numbers. */
const printedFacts = `${answerMarker} ${JSON.stringify({
  command: "facts",
  module: "nf_conntrack",
  presence: "module",
  kernel: "6.1.0-50-cloud-amd64",
  unameVersion: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-06-30)",
  arch: "x86_64",
  memTotalKiB: 8120000,
  cores: 4,
  settings: {},
})}\n`;

export const fleetHosts = () => {
  const fleet = simulatedFleet(Number.MAX_SAFE_INTEGER);
  const { signal } = new AbortController();
  const handler: SshHandler = async ({ command }): Promise<SshReply> => {
    if (/ facts( |$)/.test(command)) return { stdout: printedFacts };
    const answer = await fleet.run(hostIn(command), command, signal);
    if (!answer.ok) return { stderr: `${answer.message}\n`, exitCode: 255 };
    const { stdout, stderr, exitCode, signal: ended } = answer;
    return { stdout, stderr, exitCode, signal: ended };
  };
  return { ...fleet, handler };
};
