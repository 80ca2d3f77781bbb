import { checkConnection, mayHoldSecret } from "../../../../src/delivery/ssh/connection";
import { problemsIn } from "../../../../src/validation/validation";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFvF7Zr0Nq8k6Dn5r5cJm3yZ0m2w1c9m4Xh0f6s0a1b2";
const good = { host: "192.0.2.1", hostKey };
const problemsOf = (connection: unknown) => problemsIn(checkConnection(connection));

test.each([
  ["an address and a key", good],
  ["a name", { ...good, host: "web-1.example.net" }],
  ["an IPv6 address", { ...good, host: "2001:db8::1" }],
  ["a link-local IPv6 address with its zone", { ...good, host: "fe80::1%eth0" }],
  ["a key with a comment", { ...good, hostKey: `${hostKey} root@web1` }],
  ["no key where that is said aloud", { host: "192.0.2.1", insecureIgnoreHostKey: true }],
  ["a bastion", { ...good, sudo: true, bastion: { ...good, port: 2222 } }],
])("%s will do", (_what, connection) => {
  expect(problemsOf(connection)).toEqual([]);
});

test.each([
  ["no host key", { host: "192.0.2.1" }, "connection.hostKey", "pulumi-conntrack facts 192.0.2.1"],
  ["no host key of the bastion", { ...good, bastion: { host: "b" } }, "connection.bastion.hostKey", "facts b"],
  ["a host key and its refusal", { ...good, insecureIgnoreHostKey: true }, "connection.hostKey", "Remove one"],
  ["a fingerprint for a host key", { ...good, hostKey: "SHA256:abc" }, "connection.hostKey", "facts 192.0.2.1"],
  ["a user in the host", { ...good, host: "root@web1" }, "connection.host", "connection.user"],
  ["a port in the host", { ...good, host: "web1:22" }, "connection.host", "connection.port"],
  ["shell in the host", { ...good, host: "web1;reboot" }, "connection.host", "a name or an address"],
  ["no host", { hostKey }, "connection.host", "Write a string"],
  ["an empty host", { ...good, host: "" }, "connection.host", "a name or an address"],
  ["a port as text", { ...good, port: "22" }, "connection.port", "without quotes"],
  ["port 0", { ...good, port: 0 }, "connection.port", "greater"],
  ["port 65536", { ...good, port: 65536 }, "connection.port", "smaller"],
  ["half a port", { ...good, port: 22.5 }, "connection.port", "Write"],
  ["endless dials", { ...good, dialErrorLimit: -1 }, "connection.dialErrorLimit", "greater"],
  [
    "a bastion behind a bastion",
    { ...good, bastion: { ...good, bastion: good } },
    "connection.bastion.bastion",
    "Remove",
  ],
  ["a word that is no argument", { ...good, hostname: "x" }, "connection.hostname", "spelling"],
  ["a passphrase without a key", { ...good, privateKeyPassphrase: "x" }, "connection.privateKey", "Give the key"],
])("%s is refused with a remedy", (_what, connection, path, remedy) => {
  expect(problemsOf(connection)).toEqual([expect.objectContaining({ path })]);
  expect(problemsOf(connection)[0]?.remedy).toContain(remedy);
});

test("every mistake of a connection and of its bastion is reported at once, those between fields too", () => {
  const bastion = { host: "b;reboot", user: "-x", port: 0, privateKeyPassphrase: "x" };
  expect(problemsOf({ host: "root@web1", port: 70000, bastion }).map(({ path }) => path)).toEqual([
    "connection.port",
    "connection.bastion.port",
    "connection.host",
    "connection.hostKey",
    "connection.bastion.host",
    "connection.bastion.user",
    "connection.bastion.hostKey",
    "connection.bastion.privateKey",
  ]);
});

test.each([
  ["the public key", "ssh-ed25519 AAAASECRET root@here", "the public key"],
  ["a path", "~/.ssh/SECRET", "privateKeyFile"],
  ["half a key", "-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET\n", "from BEGIN to END"],
  ["a number", 5, "Write a string"],
])("%s as private key is refused, and never shown", (_what, privateKey, remedy) => {
  const problems = problemsOf({ ...good, privateKey });
  expect(problems).toEqual([expect.objectContaining({ path: "connection.privateKey" })]);
  expect(problems[0]?.remedy).toContain(remedy);
  expect(JSON.stringify(problems)).not.toContain("SECRET");
});

test("no value of a secret is shown, whatever is wrong with it", () => {
  const secret = { toString: () => "SECRET", SECRET: "SECRET" };
  const problems = problemsOf({ ...good, password: secret, privateKey: ["SECRET"], bastion: { ...good, password: 7 } });
  expect(problems.map(({ path }) => path)).toEqual([
    "connection.privateKey",
    "connection.password",
    "connection.bastion.password",
  ]);
  expect(JSON.stringify(problems)).not.toMatch(/SECRET|7/);
});

test.each([
  ["a URL with a login in place of the connection", "ssh://tuner:SECRET@192.0.2.1"],
  ["a login before the host", { ...good, host: "tuner:SECRET@192.0.2.1" }],
  ["a login before a host without a key", { host: "tuner:SECRET@192.0.2.1" }],
  ["a URL with a login as bastion", { ...good, bastion: "ssh://tuner:SECRET@192.0.2.9" }],
  ["a URL with a login as port", { ...good, port: "ssh://tuner:SECRET@192.0.2.1" }],
  ["a password as port", { ...good, port: "SECRET" }],
  ["a password as number of dials", { ...good, dialErrorLimit: "SECRET" }],
  ["a password as switch", { ...good, sudo: "SECRET" }],
  ["a password as port of the bastion", { ...good, bastion: { ...good, port: "SECRET" } }],
  ["a password behind the user", { ...good, user: "tuner:SECRET" }],
  ["a password behind the user without a host key", { ...good, user: "tuner:SECRET", hostKey: undefined }],
  ["a password behind a user that is refused", { ...good, user: "-tuner:SECRET" }],
  ["a private key as user", { ...good, user: "-----BEGIN PRIVATE KEY-----\nSECRET" }],
  ["a private key as host key", { ...good, hostKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET" }],
  ["a private key behind a key type", { ...good, hostKey: "ssh-ed25519 b3BlbnSECRET==-" }],
])("nothing is shown of %s", (_what, connection) => {
  const problems = problemsOf(connection);
  expect(problems).not.toEqual([]);
  expect(JSON.stringify(problems)).not.toContain("SECRET");
});

test("a number behind the user is a password, not a port, and shown nowhere", () => {
  const problems = problemsOf({ host: "192.0.2.1", user: "tuner:471147" });
  expect(problems.map(({ path }) => path)).toEqual(["connection.user", "connection.hostKey"]);
  expect(problems[0]?.remedy).toContain("a password belongs into password");
  expect(JSON.stringify(problems)).not.toContain("471147");
});

test("a long number in place of a port is not shown in a remedy either", () => {
  expect(JSON.stringify(problemsOf({ host: "192.0.2.1", port: 471147 }))).not.toContain("471147");
});

test("a long number in place of a port is not shown, a mistyped port is", () => {
  const shown = [471147, 70000, "22"].map((port) => problemsOf({ ...good, port }).map(({ value }) => value));
  expect(shown).toEqual([[undefined], [70000], ["22"]]);
});

test.each([
  ["host", "web1"],
  ["host", "2001:db8::1"],
  ["user", "tuner@example.net"],
  ["hostKey", hostKey],
  ["port", 2222],
  ["sudo", true],
])("a right %s may stand in the state in clear", (field, value) => {
  expect(mayHoldSecret(field, value)).toBe(false);
});

test.each([
  ["password", "x"],
  ["privateKey", "x"],
  ["pasword", "x"],
  ["constructor", "x"],
  ["port", "x"],
  ["port", 4711471147],
  ["user", "tuner:x"],
  ["host", "tuner:x@192.0.2.1"],
  ["hostKey", "-----BEGIN OPENSSH PRIVATE KEY-----"],
  ["bastion", "ssh://tuner:x@192.0.2.1"],
])("%s: %j stands in the state as a secret", (field, value) => {
  expect(mayHoldSecret(field, value)).toBe(true);
});

test.each([
  ["a host with a port", { ...good, host: "web1:22" }, "web1:22"],
  ["an address with its port", { ...good, host: "192.0.2.1:22" }, "192.0.2.1:22"],
  ["a login that ssh refuses", { ...good, user: "ad$min" }, "ad$min"],
  ["a host key with a wrong letter", { ...good, hostKey: "ssh-ed25519 AAAAC3*" }, "ssh-ed25519 AAAAC3*"],
])("%s is shown, because it can hold no secret", (_what, connection, value) => {
  expect(problemsOf(connection).map((problem) => problem.value)).toEqual([value]);
});

describe("A host with the login of another one that was right", () => {
  const login = { user: "tuner", sudo: true, bastion: { ...good, host: "gate.example.net" } };
  const other = { host: "192.0.2.2", hostKey: `${hostKey.slice(0, -1)}3` };
  beforeAll(() => expect(problemsOf({ ...good, ...login })).toEqual([]));

  test("keeps its own address and key", () =>
    expect(checkConnection({ ...other, ...login })).toEqual({ ok: true, value: { ...other, ...login } }));
  test("is refused where its own address is wrong", () =>
    expect(problemsOf({ ...other, ...login, host: "web1:22" })).toHaveLength(1));
  test("is refused where its login holds a key more", () =>
    expect(problemsOf({ ...other, ...login, sudoo: true })).toHaveLength(1));
  test.each([
    ["a value that is not known yet", Symbol("unknown")],
    ["a function", () => "x"],
    ["a bigint", 1n],
  ])("is refused where its login holds %s, which has no text", (_what, privateKey) =>
    expect(problemsOf({ ...other, ...login, privateKey })).toHaveLength(1),
  );
});
