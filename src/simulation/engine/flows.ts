/** Flows: they begin, send the packets of their pattern stage by stage, and end. */
import { growWheels, itemOf, type Model, noteDeadline, setDeadline } from "./model";
import { AGAIN } from "../scenario/packets";
import { BATCH, touchChains } from "./look-ahead";
import { presentPacket, placeEntry } from "./packet-path";
import type { FlowClass } from "../scenario/patterns";
import { nextInt32 } from "../scenario/random";
import { ALIVE, ASSURED, CLASS_SHIFT, LINKED } from "./status";
import { allocateRecord, freeRecord, HASH, REPLY_NODE, STATUS, STEP } from "./table";
import { UDP_STREAM_TIMEOUT } from "./timeouts";
import { schedule } from "./wheel";
import { MAXIMUM_STAGES, STAGE_BITS } from "../scenario/capacity";

/** The step word: the stage (0 opening, 1 .. repetitions, then closing), and above it the retransmissions so far. */
const STAGE_MASK = MAXIMUM_STAGES;

const ENDED = -1;

/** Sends the packets of a stage while each passes. */
const sendStage = (
  model: Model,
  record: number,
  packets: readonly number[],
  flags: number,
  protocol: number,
  now: number,
): boolean => {
  for (let i = 0; i < packets.length; i += 1) {
    if (!presentPacket(model, record, (packets[i] as number) | flags, protocol, now)) return false;
  }
  return true;
};

/** Ticks until the next stage, or ENDED. */
const delayToNext = (flow: FlowClass, stage: number): number => {
  if (stage < flow.repetitions) return flow.intervalTicks;
  return stage === flow.repetitions && flow.closing.length > 0 ? flow.closingTicks : ENDED;
};

/** Runs the stages that are due now. @returns ticks until the next, or ENDED */
const runStages = (model: Model, record: number, flow: FlowClass, now: number): number => {
  for (;;) {
    const step = model.table.words[record + STEP] as number;
    const stage = step & STAGE_MASK;
    const sentAgain = step >>> STAGE_BITS;
    const isOpening = stage === 0;
    const isClosing = stage > flow.repetitions;
    const packets = isOpening ? flow.opening : isClosing ? flow.closing : flow.repeated;
    const passed = sendStage(model, record, packets, sentAgain > 0 ? AGAIN : 0, flow.protocol, now);
    const answered = passed && (isOpening ? flow.openingAnswered : !isClosing || flow.closingAnswered);
    if (!answered && (isOpening || isClosing) && sentAgain < flow.retransmissions) {
      model.table.words[record + STEP] = stage | ((sentAgain + 1) << STAGE_BITS);
      return model.hz << sentAgain;
    }
    if (isOpening && !passed && flow.endsWithoutOpening) return ENDED;
    const delay = delayToNext(flow, stage);
    model.table.words[record + STEP] = stage + 1;
    if (delay !== 0) return delay;
  }
};

/** The flow sends nothing more; its record lives on only as long as its entry. */
const endFlow = ({ table }: Model, record: number): void => {
  const status = (table.words[record + STATUS] as number) & ~ALIVE;
  table.words[record + STATUS] = status;
  if ((status & LINKED) === 0) freeRecord(table, record);
};

/** Lets a flow do what is due now, and schedules or ends it. */
export const continueFlow = (model: Model, record: number, now: number): void => {
  const flow = model.classes[(model.table.words[record + STATUS] as number) >>> CLASS_SHIFT];
  if (flow === undefined) return;
  const delay = runStages(model, record, flow, now);
  noteDeadline(model, record);
  if (delay === ENDED || now + delay > model.lastTick) endFlow(model, record);
  else schedule(model.packets, itemOf(record), now + delay);
};

/** Draws the hashes of the next flows and reads their chains ahead. */
const drawHashes = ({ table, random, upcoming, max, soonest }: Model, now: number): void => {
  const { hashes } = upcoming;
  for (let i = 0; i < hashes.length; i += 1) hashes[i] = nextInt32(random) >>> 1;
  touchChains(table, hashes, Math.min(max - table.count, BATCH), soonest.known <= now);
  upcoming.next = 0;
};

/** A record with fresh hashes for a flow of a class. */
const newRecord = (model: Model, classIndex: number, now: number): number => {
  const { table, upcoming } = model;
  const capacity = table.capacity;
  const record = allocateRecord(table);
  if (table.capacity !== capacity) growWheels(model);
  const { words } = table;
  if (upcoming.next === upcoming.hashes.length) drawHashes(model, now);
  words[record + HASH] = upcoming.hashes[upcoming.next] as number;
  words[record + REPLY_NODE + HASH] = upcoming.hashes[upcoming.next + 1] as number;
  upcoming.next += 2;
  words[record + STATUS] = ALIVE | (classIndex << CLASS_SHIFT);
  words[record + STEP] = 0;
  return record;
};

/** Begins a flow of a class. One that sends a single packet, as in a flood, is over at once and needs no stages. */
export const startFlow = (model: Model, classIndex: number, now: number): void => {
  const record = newRecord(model, classIndex, now);
  const flow = model.classes[classIndex];
  if (flow?.onlyPacket === undefined) {
    continueFlow(model, record, now);
    return;
  }
  presentPacket(model, record, flow.onlyPacket, flow.protocol, now);
  noteDeadline(model, record);
  endFlow(model, record);
};

/** Puts `count` entries of a class into the table at the start, as if its opening (and closing) had just passed. */
export const preloadEntries = (model: Model, classIndex: number, count: number, isStream: boolean): void => {
  const flow = model.classes[classIndex];
  if (flow === undefined) return;
  const packets = [...flow.opening, ...flow.closing];
  for (let i = 0; i < count; i += 1) {
    const record = newRecord(model, classIndex, 0);
    placeEntry(model, record, packets, flow.protocol, 0);
    const { words } = model.table;
    if (isStream) {
      words[record + STATUS] = (words[record + STATUS] as number) | ASSURED;
      setDeadline(model, record, 0, model.timeouts[UDP_STREAM_TIMEOUT] as number);
    }
    noteDeadline(model, record);
    endFlow(model, record);
  }
};
