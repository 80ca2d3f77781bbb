/** What a host says over what all hosts say. */
import { isFields, type Fields } from "../validation/fields";

/** More levels than any argument has; what lies deeper is a mistake, which the schema names. */
const mergedLevels = 8;

/** Objects are merged key by key, anything else of the host replaces that of the defaults. */
export const merge = (base: Fields, over: Fields, levels = mergedLevels): Fields =>
  Object.fromEntries(
    [...new Set([...Object.keys(base), ...Object.keys(over)])].map((key) => {
      const [below, value] = [base[key], over[key]];
      if (!Object.hasOwn(over, key)) return [key, below];
      return [key, levels > 0 && isFields(below) && isFields(value) ? merge(below, value, levels - 1) : value];
    }),
  );
