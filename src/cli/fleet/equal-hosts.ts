/** Hosts of which the same is to be said, in the order in which the first of each came. */
export interface EqualHosts<T> {
  readonly names: readonly string[];
  readonly value: T;
}

/** @param textOf equal texts mean that the same is to be said */
export const groupEqual = <T>(
  entries: Iterable<readonly [name: string, value: T]>,
  textOf: (value: T) => string = (value) => JSON.stringify(value),
): readonly EqualHosts<T>[] => {
  const groups = new Map<string, { names: string[]; value: T }>();
  for (const [name, value] of entries) {
    const text = textOf(value);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, { names: [name], value });
    else group.names.push(name);
  }
  return [...groups.values()];
};
