/** One connection, watched packet by packet: what a person sees with `conntrack -L` after each. */
import { kernelRules } from "../../../src/kernel/kernel-rules";
import { TCP_STATES, type TcpState } from "../../../src/kernel/tcp-states";
import { createModel } from "../../../src/simulation/engine/create-model";
import { presentPacket } from "../../../src/simulation/engine/packet-path";
import { ICMP, TCP, UDP } from "../../../src/simulation/scenario/patterns";
import { prepare } from "../../../src/simulation/simulate";
import type { TrafficClass } from "../../../src/simulation/scenario/scenario";
import { ALIVE, ASSURED, LINKED, SEEN_REPLY, STATE_MASK } from "../../../src/simulation/engine/status";
import { allocateRecord, DEADLINE, HASH, REPLY_NODE, STATUS, STEP } from "../../../src/simulation/engine/table";
import { valueOrThrow } from "../../../src/validation/validation";

/** What the table says of the connection. */
export interface Entry {
  readonly state: TcpState;
  /** Seconds left. */
  readonly left: number;
  readonly assured: boolean;
  readonly replied: boolean;
}

export interface Connection {
  /** Sends packets at a moment; the entry after the last, or `gone`. */
  readonly at: (seconds: number, ...packets: readonly number[]) => Entry | "gone";
}

const HZ = 250;

const PROTOCOL_INDEX = { udp: UDP, tcp: TCP, icmp: ICMP, generic: 3 } as const;

export const connection = (kernel: string, protocol: TrafficClass["protocol"]): Connection => {
  const rules = kernelRules({ kernel, arch: "x86_64" });
  const pattern = protocol === "tcp" ? "session" : "query";
  const { job } = valueOrThrow(
    prepare(
      {
        kernel,
        arch: "x86_64",
        settings: { buckets: 1024, max: 100 },
        durationSeconds: 1,
        seed: 1,
        traffic: [{ protocol, pattern, newPerSecond: 1 }],
      },
      rules,
    ),
    "The scenario cannot be prepared.",
  );
  const model = createModel(job);
  const record = allocateRecord(model.table);
  const { words } = model.table;
  words[record + HASH] = 111_111_111;
  words[record + REPLY_NODE + HASH] = 1_999_999_999;
  words[record + STATUS] = ALIVE;
  words[record + STEP] = 0;
  return {
    at: (seconds, ...packets) => {
      const now = seconds * HZ;
      for (const packet of packets) presentPacket(model, record, packet, PROTOCOL_INDEX[protocol], now);
      const status = words[record + STATUS] ?? 0;
      if ((status & LINKED) === 0) return "gone";
      return {
        state: TCP_STATES[status & STATE_MASK] ?? "none",
        left: ((words[record + DEADLINE] ?? 0) - now) / HZ,
        assured: (status & ASSURED) !== 0,
        replied: (status & SEEN_REPLY) !== 0,
      };
    },
  };
};
