import { createHash } from "node:crypto";

/** Short name of a recipe: a changed recipe gets another cache folder, so that no stale build is ever used. */
export const recipeKey = (recipe: unknown): string =>
  createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 12);
