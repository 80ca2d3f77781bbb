import { checkInventory, type InventoryHost } from "../../../src/fleet/inventory";
import { parseInventoryText } from "../../../src/fleet/inventory-text";
import { problemsIn } from "../../../src/validation/validation";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFvF7Zr0Nq8k6Dn5r5cJm3yZ0m2w1c9m4Xh0f6s0a1b2";
const privateKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n";
const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };
const web1 = { connection: { host: "192.0.2.1", hostKey }, facts };

const files: Readonly<Record<string, string>> = {
  "/fleet/keys/id": privateKey,
  "/fleet/known_hosts": `192.0.2.1,web1 ${hostKey}\n[192.0.2.2]:2222 ${hostKey}\n`,
};
const readFile = (path: string): string => {
  const text = files[path];
  if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
  return text;
};
const checked = (document: unknown) => checkInventory(document, "/fleet", readFile);
const hostsOf = (document: unknown): readonly InventoryHost[] => {
  const result = checked(document);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
};
const pathsOf = (document: unknown): string[] => problemsIn(checked(document)).map(({ path }) => path);

test("a host takes what it does not say from the defaults, key by key", () => {
  const [host] = hostsOf({
    defaults: {
      connection: { user: "admin", sudo: true },
      facts: { arch: "x86_64", cores: 4 },
      settings: { timeouts: { nf_conntrack_udp_timeout: 20, nf_conntrack_icmp_timeout: 20 } },
    },
    hosts: {
      web1: {
        connection: { host: "192.0.2.1", hostKey, user: "root" },
        facts: { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64" },
        settings: { timeouts: { nf_conntrack_icmp_timeout: 40 } },
      },
    },
  });
  expect(host?.connection).toEqual({ host: "192.0.2.1", hostKey, user: "root", sudo: true });
  expect(host?.planned?.plan.settings.timeouts).toMatchObject({
    nf_conntrack_udp_timeout: 20,
    nf_conntrack_icmp_timeout: 40,
  });
});

test("an instance type may stand in the defaults, and what a host declares beside it wins", () => {
  const document = {
    defaults: { facts: { instanceType: "t4g.large", kernel: "6.1.0-50-cloud-arm64" } },
    hosts: {
      web1: { connection: { host: "192.0.2.1", hostKey } },
      web2: { connection: { host: "192.0.2.2", hostKey }, facts: { memoryMiB: 7500 } },
      web3: { connection: { host: "192.0.2.3", hostKey }, facts: { instanceType: "m5.large" } },
    },
  };
  expect(hostsOf(document).map(({ planned }) => planned?.request.facts)).toEqual([
    { memoryMiB: 8192, arch: "aarch64", cores: 2, kernel: "6.1.0-50-cloud-arm64" },
    { memoryMiB: 7500, arch: "aarch64", cores: 2, kernel: "6.1.0-50-cloud-arm64" },
    { memoryMiB: 8192, arch: "x86_64", cores: 2, kernel: "6.1.0-50-cloud-arm64" },
  ]);
});

test("an unknown instance type is named with the path of its host", () => {
  const facts = { instanceType: "m5.lrge", kernel: "6.1.0-50-cloud-amd64" };
  expect(pathsOf({ hosts: { web1: { ...web1, facts } } })).toEqual(["hosts.web1.facts.instanceType"]);
});

test("key files and known hosts count from the inventory's folder", () => {
  const [one, two] = hostsOf({
    defaults: { connection: { privateKeyFile: "keys/id", knownHostsFile: "known_hosts" }, facts },
    hosts: { one: { connection: { host: "192.0.2.1" } }, two: { connection: { host: "192.0.2.2", port: 2222 } } },
  });
  expect(one?.connection).toEqual({ host: "192.0.2.1", privateKey, hostKey });
  expect(two?.connection.hostKey).toBe(hostKey);
});

test("a bastion has key files of its own", () => {
  const [host] = hostsOf({
    hosts: {
      web1: {
        connection: {
          host: "192.0.2.9",
          hostKey,
          bastion: { host: "192.0.2.1", privateKeyFile: "keys/id", knownHostsFile: "known_hosts" },
        },
        facts,
      },
    },
  });
  expect(host?.connection.bastion).toEqual({ host: "192.0.2.1", privateKey, hostKey });
});

test("every mistake of every host is listed with its path", () => {
  expect(
    pathsOf({
      defaults: { connection: { knownHostsFile: "known_hosts" } },
      hosts: {
        web1: { connection: { host: "192.0.2.3" }, facts: { ...facts, memoryMiB: "8192" } },
        web2: { connection: { host: "192.0.2.1", privateKeyFile: "missing" }, facts, role: "router" },
        "bad name": web1,
        web3: { ...web1, settings: { max: 5 } },
      },
    }),
  ).toEqual([
    "hosts.web1.connection.knownHostsFile",
    "hosts.web1.facts.memoryMiB",
    "hosts.web2.connection.privateKeyFile",
    "hosts.web2.role",
    'hosts["bad name"]',
    "hosts.web3.settings.max",
  ]);
});

test("a host whose key is nowhere is reported with the command that prints it", () => {
  const [problem] = problemsIn(
    checked({
      defaults: { connection: { knownHostsFile: "known_hosts" } },
      hosts: { web1: { connection: { host: "192.0.2.3", user: "admin", port: 2222 }, facts } },
    }),
  );
  expect(problem?.remedy).toContain("pulumi-conntrack facts --user admin --port 2222 192.0.2.3");
});

test("a host may be marked as decommissioned", () => {
  const [host] = hostsOf({ hosts: { web1: { ...web1, decommissioned: true } } });
  expect(host?.decommissioned).toBe(true);
  expect(pathsOf({ hosts: { web1: { ...web1, decommissioned: "yes" } } })).toEqual(["hosts.web1.decommissioned"]);
});

test("the old word gone is an error that names the new one, for a host and in defaults", () => {
  const expected = [{ path: "hosts.web1.gone", remedy: "Write decommissioned instead of gone." }];
  expect(problemsIn(checked({ hosts: { web1: { ...web1, gone: true } } }))).toMatchObject(expected);
  expect(problemsIn(checked({ defaults: { gone: false }, hosts: { web1 } }))).toMatchObject(expected);
});

test("a fleet without hosts is no mistake", () => {
  expect(hostsOf({ hosts: {} })).toEqual([]);
  expect(hostsOf({})).toEqual([]);
});

test.each([
  ["a list of hosts", { hosts: [web1] }, ["inventory"]],
  ["text", "hosts: {}", ["inventory"]],
  ["nothing", null, ["inventory"]],
  ["a key that is not part of it", { hosts: {}, host: {} }, ["host"]],
  ["a host that is text", { hosts: { web1: "192.0.2.1" } }, ["hosts.web1"]],
  ["a host without connection", { hosts: { web1: { facts } } }, ["hosts.web1.connection"]],
])("%s is refused with its path", (_what, document, paths) => {
  expect(pathsOf(document)).toEqual(paths);
});

describe("an inventory file", () => {
  test("is YAML with merge keys", () => {
    const parsed = parseInventoryText("a: &base {x: 1}\nb: {<<: *base, y: 2}\n", "hosts.yaml");
    expect(parsed.ok && parsed.value).toEqual({ a: { x: 1 }, b: { x: 1, y: 2 } });
  });

  test("with a name twice is refused with line and column", () => {
    const problems = problemsIn(parseInventoryText("hosts:\n  web1: {}\n  web1: {}\n", "hosts.yaml"));
    expect(problems).toEqual([expect.objectContaining({ path: "hosts.yaml" })]);
    expect(problems[0]?.limit).toMatch(/unique.*line 3/);
  });

  test("that is no YAML is refused with line and column", () => {
    const problems = problemsIn(parseInventoryText("hosts: {web1: [}", "hosts.yaml"));
    expect(problems[0]?.limit).toMatch(/line 1, column \d+/);
  });

  test.each([
    ["an anchor that is not there", "hosts:\n  web1: { password: *SECRET }", "names an anchor.* line 2, column 21"],
    ["a reserved character", "hosts:\n  web1: { password: @SECRET }", "reserved character at line 2, column 21"],
    ["an escape that is none", 'hosts:\n  web1: { password: "\\SECRET" }', "backslash.* line 2"],
    ["a quote that never ends", 'hosts:\n  web1: { password: "SECRET }', "lacks a quote.* line \\d+, column \\d+"],
    ["a name twice", "SECRET: 1\nSECRET: 2", "unique.* line 2, column 1"],
    ["a document that holds itself", "SECRET: &SECRET { SECRET: *SECRET }", "holds itself"],
  ])("with %s is refused by its kind and place, without any text of the file", (_what, text, says) => {
    const problems = problemsIn(parseInventoryText(text, "hosts.yaml"));
    expect(problems).toHaveLength(1);
    expect(problems[0]?.limit).toMatch(new RegExp(says));
    expect(JSON.stringify(problems)).not.toContain("SECRET");
  });
});

test("a key that was pasted in place of its file's path is refused, and never shown", () => {
  const connection = { ...web1.connection, privateKeyFile: "-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET" };
  const problems = problemsIn(checked({ hosts: { web1: { ...web1, connection } } }));
  expect(problems.map(({ path }) => path)).toEqual(["hosts.web1.connection.privateKeyFile"]);
  expect(JSON.stringify(problems)).not.toContain("SECRET");
});

test("a host with a login before its name is not shown by the search for its key either", () => {
  const connection = { host: "tuner:SECRET@192.0.2.1", knownHostsFile: "known_hosts" };
  const problems = problemsIn(checked({ hosts: { web1: { facts, connection } } }));
  expect(problems.map(({ path }) => path)).toContain("hosts.web1.connection.knownHostsFile");
  expect(JSON.stringify(problems)).not.toContain("SECRET");
});

describe("one machine", () => {
  const at = (connection: object, more: object = {}) => ({ facts, connection: { hostKey, ...connection }, ...more });
  const bastion = (host: string) => ({ host, hostKey });

  test.each([
    ["the same name", { host: "web1.example.net" }, { host: "web1.example.net" }],
    ["a name in other letters", { host: "web1.example.net" }, { host: "Web1.Example.NET" }],
    ["port 22 once said and once not", { host: "192.0.2.1" }, { host: "192.0.2.1", port: 22 }],
    ["an address in short form", { host: "127.0.0.1" }, { host: "127.1" }],
    ["an IPv6 address with its zeros", { host: "2001:db8::1" }, { host: "2001:DB8:0:0::1" }],
    ["another user", { host: "192.0.2.1" }, { host: "192.0.2.1", user: "admin" }],
    ["the same bastion", { host: "a", bastion: bastion("b") }, { host: "A", bastion: bastion("B") }],
  ])("under two names is refused: %s", (_what, first, second) => {
    const problems = problemsIn(checked({ hosts: { one: at(first), two: at(second) } }));
    expect(problems).toEqual([
      expect.objectContaining({
        path: "hosts.two.connection.host",
        limit: expect.stringContaining("is the address of hosts.one too") as string,
      }),
    ]);
  });

  test.each([
    ["another port", { host: "192.0.2.1" }, { host: "192.0.2.1", port: 2222 }],
    ["another bastion", { host: "10.0.0.1", bastion: bastion("a") }, { host: "10.0.0.1", bastion: bastion("b") }],
    ["a bastion or none", { host: "10.0.0.1", bastion: bastion("a") }, { host: "10.0.0.1" }],
  ])("is another one by %s", (_what, first, second) => {
    expect(hostsOf({ hosts: { one: at(first), two: at(second) } })).toHaveLength(2);
  });

  test("that is decommissioned may have passed its address on", () => {
    const hosts = { old: at({ host: "192.0.2.1" }, { decommissioned: true }), new: at({ host: "192.0.2.1" }) };
    expect(hostsOf({ hosts })).toHaveLength(2);
  });

  test("whose name ends in a dot is told to leave it out", () => {
    const problems = problemsIn(checked({ hosts: { one: at({ host: "web1.example.net." }) } }));
    expect(problems.map(({ path, remedy }) => [path, remedy])).toEqual([
      ["hosts.one.connection.host", "Leave out the dot at the end."],
    ]);
  });
});

test("a host of which facts are missing is checked, and planned when it has said them", () => {
  const hosts = hostsOf({ hosts: { web1: { connection: web1.connection, role: "nat", facts: { cores: 4 } } } });
  expect(hosts[0]).toMatchObject({ planned: undefined, request: { role: "nat", facts: { cores: 4 } } });
  expect(pathsOf({ hosts: { web1: { connection: web1.connection, role: "gateway", facts: { memory: 4 } } } })).toEqual([
    "hosts.web1.facts.memory",
    "hosts.web1.role",
  ]);
});
