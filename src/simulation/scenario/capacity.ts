/** How much of a scenario the engine's record words have room for (../engine/status.ts, ../engine/flows.ts). */

/** Bits of a status word that hold the index of a flow's class. */
export const CLASS_BITS = 13;
/** Greatest number of classes. */
export const GREATEST_CLASSES = 1 << CLASS_BITS;

/** Bits of a step word that hold the stage of a flow. */
export const STAGE_BITS = 26;
/** Greatest number of stages of a flow: one for each exchange. */
export const GREATEST_STAGES = 2 ** STAGE_BITS - 1;
