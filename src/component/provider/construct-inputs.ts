/**
 * Inputs of a `ConntrackFleet` from a program in another language. A language may make one Output of a whole argument as
 * soon as there is a secret or an Output anywhere in it, while a fleet wants to know its hosts at once. So what is known
 * is opened, down to the single values that are secret or come from a resource; these alone stay Outputs.
 */
import { secretFields } from "../../delivery/ssh/connection";
import { isFields, type Fields } from "../../validation/fields";
import { asOutputValue, isOutputValue, isSecret, isUnknownText, withoutMark } from "./properties";

/** What the Outputs around a value say of it. */
interface Origin {
  readonly secret: boolean;
  readonly dependencies: readonly string[];
}

const isSecretField = (field: string): boolean => secretFields.some((secret) => secret === field);

/** The value that the marks around it stand for, whether there is one yet, and what the marks say of it. */
const opened = (value: unknown, origin: Origin): { readonly value: unknown; readonly origin: Origin } => {
  if (isOutputValue(value)) {
    const { secret = false, dependencies = [] } = value;
    const both = [...new Set([...origin.dependencies, ...dependencies])];
    return opened(value.value, { secret: origin.secret || secret, dependencies: both });
  }
  if (isSecret(value)) return opened(withoutMark(value), { ...origin, secret: true });
  return { value: isUnknownText(value) ? undefined : value, origin };
};

/** True where a secret field is in the value. */
const holdsSecretField = (value: unknown): boolean => {
  const { value: inner } = opened(value, { secret: false, dependencies: [] });
  if (Array.isArray(inner)) return inner.some(holdsSecretField);
  return isFields(inner) && Object.entries(inner).some(([key, each]) => isSecretField(key) || holdsSecretField(each));
};

/** True where an Output is in the value, which then says itself what it comes from. */
const holdsOutput = (value: unknown): boolean => {
  if (isOutputValue(value)) return true;
  if (isSecret(value)) return holdsOutput(withoutMark(value));
  if (Array.isArray(value)) return value.some(holdsOutput);
  return isFields(value) && Object.values(value).some(holdsOutput);
};

const output = (value: unknown, { secret, dependencies }: Origin): unknown =>
  asOutputValue({
    ...(value === undefined ? {} : { value }),
    ...(secret ? { secret } : {}),
    ...(dependencies.length > 0 ? { dependencies } : {}),
  });

/** The value with its structure in the open. A null is what some languages write for nothing. */
const withOpenStructure = (given: unknown, around: Origin): unknown => {
  const { value, origin } = opened(given, around);
  if (Array.isArray(value)) return value.map((each) => withOpenStructure(each, origin));
  if (isFields(value)) {
    // Secret fields are treated as secrets in any case, so a secret around them says nothing new; around anything else it
    // means each value in it.
    const secret = origin.secret && !holdsSecretField(value);
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, each]) =>
        each === null ? [] : [[key, withOpenStructure(each, { ...origin, secret })]],
      ),
    );
  }
  return value === undefined || origin.secret || origin.dependencies.length > 0 ? output(value, origin) : value;
};

/** The same with what it came from forgotten: how hosts are rolled out has to be plain. */
const plain = (given: unknown): unknown => {
  const { value, origin } = opened(given, { secret: false, dependencies: [] });
  if (value === undefined) return output(value, origin);
  if (Array.isArray(value)) return value.map(plain);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (each === null ? [] : [[key, plain(each)]])),
  );
};

/** Arguments that have to be plain, whatever they come from. */
export const plainArguments: readonly string[] = ["rollout", "observe"];

/**
 * @param inputs as the engine sends them
 * @param dependencies URNs of the resources that an input comes from, where the input itself does not say
 */
export const fleetInputs = (inputs: Fields, dependencies: Readonly<Record<string, readonly string[]>>): Fields =>
  Object.fromEntries(
    Object.entries(inputs).flatMap(([key, value]) => {
      if (value === null) return [];
      if (plainArguments.includes(key)) return [[key, plain(value)]];
      const from = holdsOutput(value) ? [] : (dependencies[key] ?? []);
      return [[key, withOpenStructure(value, { secret: false, dependencies: from })]];
    }),
  );
