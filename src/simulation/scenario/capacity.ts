/** How much of a scenario the engine's record words have room for (../engine/status.ts, ../engine/flows.ts). */

/** Bits of a status word that hold the index of a flow's class. */
export const CLASS_BITS = 13;
/** Maximum number of classes. */
export const MAXIMUM_CLASSES = 1 << CLASS_BITS;

/** Bits of a step word that hold the stage of a flow. */
export const STAGE_BITS = 26;
/** Maximum number of stages of a flow: one for each exchange. */
export const MAXIMUM_STAGES = 2 ** STAGE_BITS - 1;
