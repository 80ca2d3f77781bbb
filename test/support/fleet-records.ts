/** Records of planned hosts, for tests of fleets. */
import { hostRecord, type HostRecord, type Way } from "../../src/fleet/host-record";
import { tryPlan } from "../../src/plan/plan";

export const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };

const way: Way = { host: "192.0.2.1", hostKey: "ssh-ed25519 AAAA", connection: "ssh" };

/** The record of one host; `request` is what a person asks beside the facts. */
export const plannedRecord = (request: object = {}, over: Partial<Way> = {}): HostRecord => {
  const planned = tryPlan({ facts, ...request });
  if (!planned.ok) throw new Error(JSON.stringify(planned.problems));
  return hostRecord({ ...way, ...over }, planned.value);
};

export const udpTimeout = (seconds: number): object => ({
  settings: { timeouts: { nf_conntrack_udp_timeout: seconds } },
});

/** `h0`, `h1`, ... with addresses of their own. */
export const plannedRecords = (count: number, request: object = {}): Record<string, HostRecord> => {
  const record = plannedRecord(request);
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`h${index}`, { ...record, host: `192.0.2.${index}` }]),
  );
};
