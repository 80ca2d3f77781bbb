/** Wrong and hostile values in every argument: each is refused with a problem that names it, and nothing throws. */
import fc from "fast-check";
import { checkConnection } from "../../../src/delivery/ssh/connection";
import { tryPlan } from "../../../src/plan/plan";
import { problemsIn } from "../../../src/validation/validation";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFvF7Zr0Nq8k6Dn5r5cJm3yZ0m2w1c9m4Xh0f6s0a1b2";
const privateKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n";
const endpoint = {
  host: "192.0.2.1",
  port: 22,
  user: "admin",
  privateKey,
  privateKeyPassphrase: "x",
  password: "x",
  hostKey,
  dialErrorLimit: 3,
  perDialTimeoutSeconds: 3,
};
const request = {
  facts: {
    memoryMiB: 8192,
    kernel: "6.1.0-50-amd64",
    arch: "x86_64",
    cores: 4,
    pageSizeBytes: 4096,
    instanceType: "m5.large",
  },
  role: "host",
  settings: { max: 262144, buckets: 262144, timeouts: { nf_conntrack_udp_timeout: 30 } },
  memoryShare: 0.1,
  allowShrink: true,
  loadModule: false,
  traffic: {
    loads: [{ load: "natGateway", size: 10 }],
    classes: [{ protocol: "udp", pattern: "query", newPerSecond: 10 }],
    peakFactor: 2,
    flood: { protocol: "tcp", newPerSecond: 10, seconds: 2 },
  },
  onVerdict: "warn",
};
const good = { ...request, connection: { ...endpoint, sudo: true, bastion: endpoint } };

const problemsOf = ({ connection, ...rest }: Record<string, unknown>) => [
  ...problemsIn(checkConnection(connection)),
  ...problemsIn(tryPlan(rest)),
];

/** A copy with another value at a path such as `traffic.loads.0.size`. */
const withValue = (tree: unknown, [key = "", ...rest]: readonly string[], value: unknown): unknown => {
  if (Array.isArray(tree))
    return tree.map((item: unknown, index) => (String(index) === key ? withValue(item, rest, value) : item));
  const below = (tree as Record<string, unknown>)[key];
  return { ...(tree as object), [key]: rest.length === 0 ? value : withValue(below, rest, value) };
};
const withArgument = (path: string, value: unknown) =>
  withValue(good, path.split("."), value) as Record<string, unknown>;

/** `traffic.loads.0.size` as a problem writes it. */
const asPath = (path: string): string => path.replace(/\.(\d+)/g, "[$1]");

const never = [null, [], [1], {}, () => 1, Symbol("x"), new Date(0)];
const kinds: Readonly<Record<string, readonly unknown[]>> = {
  whole: ["22", "", 1.5, -1, 2 ** 31, 2 ** 53, 1e300, Number.NaN, Infinity, -Infinity, true, 22n, ...never],
  number: ["8192", "", -1, 1e300, Number.NaN, Infinity, true, 22n, ...never],
  // No time is too long for the simulation.
  seconds: ["8192", "", -1, Number.NaN, Infinity, true, 22n, ...never],
  flag: ["yes", "true", "", 1, 0, ...never],
  text: [5, Number.NaN, true, ...never],
  word: ["router", "Host", "", " host", "constructor", "__proto__", "toString", 5, true, ...never],
};

const argumentsOf = (base: string): readonly (readonly [string, string])[] => [
  [`${base}.host`, "text"],
  [`${base}.port`, "whole"],
  [`${base}.user`, "text"],
  [`${base}.privateKey`, "text"],
  [`${base}.privateKeyPassphrase`, "text"],
  [`${base}.password`, "text"],
  [`${base}.hostKey`, "text"],
  [`${base}.insecureIgnoreHostKey`, "flag"],
  [`${base}.dialErrorLimit`, "whole"],
  [`${base}.perDialTimeoutSeconds`, "whole"],
];

const every: readonly (readonly [path: string, kind: string])[] = [
  ...argumentsOf("connection"),
  ["connection.sudo", "flag"],
  ...argumentsOf("connection.bastion"),
  ["facts.memoryMiB", "number"],
  ["facts.arch", "text"],
  ["facts.instanceType", "text"],
  ["facts.kernel", "text"],
  ["facts.unameVersion", "text"],
  ["facts.cores", "whole"],
  ["facts.pageSizeBytes", "whole"],
  ["facts.lowTotalKiB", "whole"],
  ["facts.networkNamespaces", "whole"],
  ["role", "word"],
  ["settings.max", "whole"],
  ["settings.buckets", "whole"],
  ["settings.timeouts.nf_conntrack_udp_timeout", "whole"],
  ["memoryShare", "number"],
  ["allowShrink", "flag"],
  ["loadModule", "flag"],
  ["traffic.loads.0.load", "word"],
  ["traffic.loads.0.size", "number"],
  ["traffic.classes.0.protocol", "word"],
  ["traffic.classes.0.pattern", "word"],
  ["traffic.classes.0.newPerSecond", "number"],
  ["traffic.classes.0.arrivals", "word"],
  ["traffic.classes.0.shape", "seconds"],
  ["traffic.classes.0.intervalSeconds", "seconds"],
  ["traffic.classes.0.lifeSeconds", "seconds"],
  ["traffic.classes.0.end", "word"],
  ["traffic.classes.0.unacknowledged", "flag"],
  ["traffic.classes.0.retransmissions", "whole"],
  ["traffic.peakFactor", "number"],
  ["traffic.flood.protocol", "word"],
  ["traffic.flood.newPerSecond", "number"],
  ["traffic.flood.seconds", "whole"],
  ["onVerdict", "word"],
];

test("the arguments that the wrong values go into are right", () => {
  expect(problemsOf(good)).toEqual([]);
});

describe.each(every)("%s, a %s,", (path, kind) => {
  test.each((kinds[kind] ?? []).map((value) => [value]))("refuses %p by its name", (value) => {
    const problems = problemsOf(withArgument(path, value));
    expect(problems.map((problem) => problem.path)).toContain(asPath(path));
    for (const { limit, source, remedy } of problems) expect([limit, source, remedy]).not.toContain("");
  });
});

test.each([
  ...["connection", "connection.bastion", "facts", "settings", "settings.timeouts", "traffic", "traffic.loads.0"],
  ...["traffic.classes.0", "traffic.flood"],
])("a name that is no argument is refused in %s, those of every object too", (path) => {
  for (const name of ["maxx", "constructor", "toString", "hasOwnProperty"])
    expect(problemsOf(withArgument(`${path}.${name}`, 5)).map((problem) => problem.path)).toContain(
      `${asPath(path)}.${name}`,
    );
});

test.each(["facts", "settings", "traffic", "connection", "connection.bastion"])(
  "%s refuses what is no object",
  (path) => {
    for (const value of ["", "x", 5, true, null, []])
      expect(problemsOf(withArgument(path, value)).map((problem) => problem.path)).toContain(path);
  },
);

test("whatever stands in one argument, the answer is a plan or problems with a path, never an exception", () => {
  const anything = fc.oneof(fc.anything(), fc.jsonValue(), fc.string(), fc.double(), fc.bigInt());
  fc.assert(
    fc.property(fc.constantFrom(...every.map(([path]) => path)), anything, (path, value) => {
      for (const problem of problemsOf(withArgument(path, value))) expect(problem.path).not.toBe("");
    }),
  );
});

test("whatever stands in place of all of them, the answer is problems", () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      expect(problemsIn(tryPlan(value))).not.toEqual([]);
      expect(problemsIn(checkConnection(value))).not.toEqual([]);
    }),
  );
});
