/** What goes wrong with hosts of a fleet, and what the person is told of each. */
import { withRoomFor } from "../../script/host-faults";
import { printedReadBack } from "../../support/tuned-host";
import type { Fault } from "./real-host";

export interface HostFault {
  /** As docs/faults.md has it. */
  readonly name: string;
  /** One host gets each of these. */
  readonly faults: readonly Fault[];
  /** What the line with the host's name says: what it is, and what comes next. */
  readonly says: RegExp;
  readonly otherHostKey?: true;
}

const console_ = /Look at the host's console and network\.$/;
const runOn = /the connection broke while the command ran; it may have ended or run on\. Look at the host's console/;
const login = /Look at what its login prints and runs: start-up files of the shell, a forced command/;

/** Steps of a first apply on this kernel, in test/script/faults.md: lock, first and last value, files, record, end. */
const steps = [1, 12, 15, 20, 28, 31];

/** The way to the host breaks, in the order of a connection. */
export const brokenWays: readonly HostFault[] = [
  {
    name: "the connection is closed at once, or in the key exchange",
    faults: [{ server: { dropConnections: Infinity } }, { server: { cutAt: "keyExchange" } }],
    says: /closed the connection before the key exchange\. Wait or use fewer lanes: its sshd refuses bursts \(MaxStartups\)/,
  },
  {
    name: "it breaks after the key exchange, or in the login",
    faults: [{ server: { cutAt: "afterKeyExchange" } }, { server: { cutAt: "login" } }],
    says: new RegExp(`the connection broke during the login\\. ${console_.source}`),
  },
  {
    name: "it breaks after the login, or at the command",
    faults: [{ server: { cutAt: "afterLogin" } }, { server: { cutAt: "command" } }],
    says: new RegExp(`the connection broke before the command\\. ${console_.source}`),
  },
  {
    name: "it breaks in the middle of the script's text",
    faults: [{ server: { cutAt: "standardInput" } }],
    says: runOn,
  },
  {
    name: "it breaks while the script runs, before steps 1, 12, 15, 20, 28, 31",
    faults: steps.map((breaksAtStep) => ({ breaksAtStep })),
    says: runOn,
  },
  {
    name: "it breaks before the answer, in the middle of it, or before the exit code",
    faults: [0, 200, undefined].map((end) => ({
      login: ({ stdout = "" }) => ({ breaksOff: true, stdout: stdout.slice(0, end) }),
    })),
    says: runOn,
  },
];

/** What another host, which is greater, or an older run printed. */
const ofAnotherHost = printedReadBack(
  "sh -s -- apply token=shop/prod/web1 module=nf_conntrack max=1048576 buckets=1048576",
);
const ofAnOlderRun = (command: string, before: number): string =>
  printedReadBack(command.replace(/udp_timeout=\d+/, `udp_timeout=${before}`));

/** The login or the host itself fails; `before` is what hosts have of nf_conntrack_udp_timeout. */
export const badHosts = (before: number): readonly HostFault[] => [
  {
    name: "the key is refused",
    faults: [{ server: { refuseAuthentication: true } }],
    says: /refuses the login as root \(tried: publickey\)\. Check the user, its authorized_keys/,
  },
  {
    name: "the host has another host key",
    faults: [{}],
    says: /presents another host key than the known one: SHA256:\S+\. If the host was set up anew, compare the fingerprint/,
    otherHostKey: true,
  },
  {
    name: "the disk is full, at once or after three files",
    faults: [0, 3].map((room) => ({ prelude: (host) => withRoomFor(room, host).prelude })),
    says: /cannot be written: make room$/,
  },
  {
    name: "/etc is read-only",
    faults: [{ readOnly: ["etc"] }],
    says: /persist: \S+ cannot be changed: make it writable$/,
  },
  {
    name: "another run holds the lock",
    faults: [{ lockIsHeld: true }],
    says: /lock: \S+ is held by \d+ .*: wait/,
  },
  {
    name: "the script is killed before step 20",
    faults: [{ killedAtStep: 20 }],
    says: /the run was killed: run it again, what it began is put back$/,
  },
  {
    name: "the login ends before the script and prints nothing",
    faults: [{ scriptIsNotRun: true }],
    says: /exited with 0 and gave no answer\. Let the login run commands/,
  },
  {
    name: "it prints an answer of another host, or of an older run, in the script's place",
    faults: [
      { scriptIsNotRun: true, login: () => ({ stdout: ofAnotherHost }) },
      { scriptIsNotRun: true, login: (_, { command }) => ({ stdout: ofAnOlderRun(command, before) }) },
    ],
    says: new RegExp(`an answer that is not of this run: it says \\w+=\\d+, and \\d+ must be there\\. ${login.source}`),
  },
  {
    name: "it prints one behind the script's answer, or changes a value in it",
    faults: [
      { login: (reply) => ({ ...reply, stdout: (reply.stdout ?? "") + ofAnotherHost }) },
      { login: (reply) => ({ ...reply, stdout: reply.stdout?.replaceAll('"max":262144', '"max":65536') }) },
    ],
    says: new RegExp(`an answer that is not of this run: it says \\w+=\\d+, and \\d+ must be there\\. ${login.source}`),
  },
  {
    name: "the answer is cut off, the exit code is 0",
    faults: [{ login: (reply) => ({ ...reply, stdout: reply.stdout?.slice(0, 200) }) }],
    says: new RegExp(`an answer that cannot be read: stdout must hold JSON after the marker\\. ${login.source}`),
  },
];

/** A login that greets with an answer of another host; then the script runs, and nothing is wrong. */
export const greeting: Fault = { login: (reply) => ({ ...reply, stdout: ofAnotherHost + (reply.stdout ?? "") }) };

/** A host whose every run is refused: it is not the initial network namespace that is logged in to. */
export const refusing: Fault = { lockIsHeld: true };

/** Faults in the middle of a restore. */
export const brokenRestores: readonly HostFault[] = [
  {
    name: "destroy: the connection breaks while the script runs, before steps 1, 16, 20",
    faults: [1, 16, 20].map((breaksAtStep) => ({ breaksAtStep })),
    says: runOn,
  },
  {
    name: "destroy: the script is killed before step 12",
    faults: [{ killedAtStep: 12 }],
    says: /the run was killed: run it again, what it began is put back$/,
  },
  {
    name: "destroy: another run holds the lock",
    faults: [{ lockIsHeld: true }],
    says: /lock: \S+ is held by \d+ .*: wait/,
  },
];
