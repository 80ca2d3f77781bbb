/** Names for logins of which the inputs of a wave may have others by the same name. */
import { isDeepStrictEqual } from "node:util";
import type { Login, WaveInputs } from "./wave-inputs";

/** Equal but for the order of keys. */
export const same = (one: object | undefined, other: object | undefined): boolean => isDeepStrictEqual(one, other);

/** Gives each distinct login the name wanted for it, or one like it where another login has that already. */
export const nameLogins = (taken: WaveInputs["connections"]) => {
  /** Logins that are not among those taken, by their names. */
  const connections: Record<string, Login> = {};
  const nameOf = (wanted: string, login: Login): string => {
    for (let count = 0; ; count += 1) {
      const name = count === 0 ? wanted : `${wanted} (${count})`;
      const known = taken[name] ?? connections[name];
      if (known !== undefined && !same(known, login)) continue;
      if (known === undefined) connections[name] = login;
      return name;
    }
  };
  return { connections, nameOf };
};
