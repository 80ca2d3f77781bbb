/**
 * The schema of the plugin: what the SDK's analyzer reads from the sources of the components, completed by what no
 * source shows it: which values are secrets, what types are for, the waves, and the function `observe`. The build makes it.
 */
import { observeToken, rolloutType } from "../../fleet/component-type";
import { secretFields } from "../../delivery/ssh/connection";
import { isFields, type Fields } from "../../validation/fields";
import type { ObserveArgs } from "./facts";
import type { WaveInputs } from "../../fleet/wave/wave-inputs";

/** Classes of the components that the plugin constructs. */
export const componentNames = ["ConntrackTuning", "ConntrackFleet"] as const;

/** Marks the secret fields of every type in the schema. */
const withSecretsMarked = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withSecretsMarked);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      const inner = withSecretsMarked(each);
      const isSecret = secretFields.some((field) => field === key) && isFields(inner) && inner.type === "string";
      return [key, isSecret ? { ...inner, secret: true } : inner];
    }),
  );
};

const text = (description: string) => ({ type: "string", description });
const flag = (description: string) => ({ type: "boolean", description });
const whole = (description: string) => ({ type: "integer", description });
const list = (description: string) => ({ type: "array", items: { type: "string" }, description });
/** Records whose form this package alone writes and reads. */
const records = (description: string) => ({
  type: "object",
  additionalProperties: { $ref: "pulumi.json#/Any" },
  description,
});

const record = { type: "object", additionalProperties: { $ref: "pulumi.json#/Any" } };

const pending = list("Names of hosts that do not hold what they shall yet; the next update does exactly these.");
const count = whole("Hosts of the wave.");

const rollout = {
  description:
    "One wave of a fleet: a single resource, whatever the number of its hosts. ConntrackFleet plans and makes them; " +
    "a program has no reason to make one itself.",
  inputProperties: {
    owner: text("`project/stack`, as tokens on hosts begin."),
    wave: text("Name of the wave in the fleet; part of the token."),
    lanes: whole("Hosts worked on at once."),
    maximumFailures: whole("Hosts of the wave that may fail."),
    maximumFailuresPercent: {
      type: "number",
      description: "The same in percent of the wave; the greater of the two holds.",
    },
    observe: flag("Every preview and update reads the hosts first."),
    only: list("Names of the only hosts that may change."),
    profile: text("Name of the profile of hosts that name none."),
    profiles: records("Settings that hosts share, by the name of the profile."),
    hosts: records("Address, profile and what differs from it, by the name of the host."),
    connections: { ...records("Logins, by a name that hosts refer to."), secret: true },
    decommissioned: list("Hosts that exist no more: they are let go without being dialled."),
    elsewhere: list("Hosts of the other waves of the fleet."),
    soakSeconds: { type: "number", description: "Between setting the hosts and reading them again; default 0." },
    gate: records("What every host has to keep after the soak time, as `rollout.gate` of a fleet."),
    notBefore: text("No update begins before this moment, ISO 8601 with an offset."),
    notAfter: text("No update begins after this moment, ISO 8601 with an offset."),
    place: text("Where the wave stands among the others, in words."),
    // `moved` is written by Check alone.
  } satisfies Record<Exclude<keyof WaveInputs, "moved">, object>,
  requiredInputs: ["owner", "wave", "lanes", "maximumFailures", "observe", "profiles", "hosts", "connections"],
  properties: { pending, count },
  required: ["pending", "count"],
};

const observe = {
  description: "What hosts are made of, from the hosts themselves, read-only.",
  inputs: {
    type: "object",
    properties: {
      hosts: {
        ...records("Hosts to read by name: `host`, `port`, `hostKey`, and `connection`, the name of the login."),
        additionalProperties: record,
      },
      connections: {
        ...records("Logins by name: the fields of a connection less host, port and hostKey."),
        additionalProperties: record,
        secret: true,
      },
      lanes: whole("Hosts read at once; default 64."),
    } satisfies Record<keyof ObserveArgs, object>,
    required: ["hosts", "connections"],
  },
  outputs: {
    type: "object",
    properties: {
      hosts: records(
        "Of each host that was read its `facts`, with RAM rounded down to its class, and `max`, `buckets` and `entries` as they are.",
      ),
      unread: {
        type: "object",
        additionalProperties: { type: "string" },
        description: "Why a host was not read, by its name.",
      },
    },
    required: ["hosts", "unread"],
  },
};

const fieldsAt = (schema: Fields, key: string): Fields => (isFields(schema[key]) ? schema[key] : {});

const typePrefix = "conntrack:index:";

/**
 * Names of types less the ending that TypeScript gives what is passed to a constructor: generators add one of their own.
 * Where an output has that name already, the argument is what is wanted of it.
 */
const shortNames = (names: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    names.map((name) => {
      const short = name.replace(/Args$/, "");
      return [name, short !== name && names.includes(short) ? `Wanted${short}` : short];
    }),
  );

/** The schema with `rename` done to every reference to a type. */
const withReferences = (value: unknown, rename: (reference: string) => string): unknown => {
  if (Array.isArray(value)) return value.map((each) => withReferences(each, rename));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      key === "$ref" && typeof each === "string" ? rename(each) : withReferences(each, rename),
    ]),
  );
};

/**
 * @param components the schema that the SDK's analyzer makes of the components
 * @param typeDescriptions what the sources say of each type, which that schema lacks
 */
export const completeSchema = (components: Fields, typeDescriptions: Readonly<Record<string, string>>): Fields => {
  const types = fieldsAt(components, "types");
  const names = shortNames(Object.keys(types).map((token) => token.slice(typePrefix.length)));
  const renamed = (token: string): string => typePrefix + (names.get(token.slice(typePrefix.length)) ?? "");
  const described = Object.entries(types).map(([token, type]) => [
    renamed(token),
    { description: typeDescriptions[token.slice(typePrefix.length)], ...(isFields(type) ? type : {}) },
  ]);
  const complete = {
    ...components,
    displayName: "Connection tracking",
    keywords: ["netfilter", "conntrack", "linux"],
    license: "Apache-2.0",
    types: withSecretsMarked(Object.fromEntries(described)),
    resources: { ...fieldsAt(components, "resources"), [rolloutType]: rollout },
    functions: { [observeToken]: observe },
  };
  const rename = (reference: string): string => reference.replace(/(?<=^#\/types\/).*/, renamed);
  return Object.fromEntries(Object.entries(complete).map(([key, each]) => [key, withReferences(each, rename)]));
};
