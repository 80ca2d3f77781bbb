/** What the trackers of UDP, ICMP and unknown protocols do with a packet (nf_conntrack_proto_{udp,icmp,generic}.c). */
import { expireEntry, type Model, setDeadline } from "./model";
import { REPLY } from "../scenario/packets";
import { ASSURED, SEEN_REPLY } from "./status";
import { MARK, STATUS } from "./table";
import { GENERIC_TIMEOUT, ICMP_TIMEOUT, UDP_STREAM_TIMEOUT, UDP_TIMEOUT } from "./timeouts";

/** The tracker runs before the reply mark is set, so the first reply still counts as "no reply yet". */
const markReply = (model: Model, record: number, packet: number): void => {
  if ((packet & REPLY) === 0) return;
  const { words } = model.table;
  words[record + STATUS] = (words[record + STATUS] as number) | SEEN_REPLY;
};

/** Starts the clock of the rule that a replied flow becomes ASSURED only some seconds after its first packet. */
export const openUdp = (model: Model, record: number, now: number): void => {
  model.table.words[record + MARK] = now + model.rules.udp.assuredAfterSeconds * model.hz;
};

export const udpPacket = (model: Model, record: number, packet: number, now: number): boolean => {
  const { words } = model.table;
  const status = words[record + STATUS] as number;
  const lasts = model.rules.udp.assuredAfterSeconds === 0 || now > (words[record + MARK] as number);
  const isStream = (status & SEEN_REPLY) !== 0 && lasts;
  if (isStream) words[record + STATUS] = status | ASSURED;
  markReply(model, record, packet);
  setDeadline(model, record, now, model.timeouts[isStream ? UDP_STREAM_TIMEOUT : UDP_TIMEOUT] as number);
  return true;
};

export const icmpPacket = (model: Model, record: number, packet: number, now: number): boolean => {
  markReply(model, record, packet);
  // Our flows answer each request before the next, so a reply is always the last one awaited.
  if ((packet & REPLY) !== 0 && model.rules.icmp.deletedWhenAllAnswered) expireEntry(model, record);
  else setDeadline(model, record, now, model.timeouts[ICMP_TIMEOUT] as number);
  return true;
};

export const genericPacket = (model: Model, record: number, packet: number, now: number): boolean => {
  markReply(model, record, packet);
  setDeadline(model, record, now, model.timeouts[GENERIC_TIMEOUT] as number);
  return true;
};
