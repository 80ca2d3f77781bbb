import type { InventoryHost } from "../../fleet/inventory";
import type { PlanForKernel } from "../../plan/plan";
import { valid, type Checked } from "../../validation/validation";

/** The plan of a host of an inventory: the one place where commands that read hosts take it from. */
export const hostPlan = ({ planned }: InventoryHost): Checked<PlanForKernel> => valid(planned);
