import type { PlanForKernel } from "../plan/plan";
import { valid, type Checked } from "../validation/validation";
import type { InventoryHost } from "./inventory";

/** The plan of a host of an inventory: the one place where commands that read hosts take it from. */
export const hostPlan = ({ planned }: InventoryHost): Checked<PlanForKernel> => valid(planned);
