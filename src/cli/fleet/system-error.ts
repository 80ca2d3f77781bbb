/** Errors of the file system; no `instanceof`, because they may come from another realm. */
import { isFields } from "../../validation/fields";

/** `ENOENT`, `EEXIST`, ...; undefined for other errors. */
export const errorCode = (error: unknown): unknown => (isFields(error) ? error.code : undefined);

export const errorMessage = (error: unknown): string =>
  isFields(error) && typeof error.message === "string" ? error.message : String(error);
