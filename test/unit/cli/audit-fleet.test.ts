/** `audit FILE...`: all files are one fleet. */
import { audit, connection, facts, hostKey, useTemporaryFolder, write } from "../../support/audit";
import { component, encrypted, settings, stack } from "../../support/audit-stack";

useTemporaryFolder();

/** A table of 98 MiB for each host: one fits, two do not. */
const budget = (): string => write("policies.json", { "limit-fleet-memory": { maximumMiB: 150 } });
const breaches = async (...files: readonly string[]): Promise<readonly string[]> =>
  (await audit("--json", "--config", budget(), ...files))
    .json()
    .findings.filter(({ rule }) => /fleet|role/.test(rule))
    .map(({ file, subject, rule }) => `${file.split("/").at(-1) ?? ""} ${subject} ${rule}`);

const at = (host: string, rest: object = {}): object => ({ connection: { ...connection, host, ...rest } });
const inventory = (name: string, host: string, rest: object = {}): object => ({
  hosts: { [name]: { connection: { ...connection, host }, facts, ...rest } },
});
const oneStack = (name: string, inputs: object): string => write(`${name}.json`, stack(component(inputs, name)));

test("Hosts in several files share one budget, as those of one file do", async () => {
  const together = write("all.json", stack(component(at("192.0.2.1"), "web1"), component(at("192.0.2.2"), "web2")));
  expect(await breaches(together)).toEqual(["all.json web2 limit-fleet-memory"]);
  expect(await breaches(oneStack("web1", at("192.0.2.1")), oneStack("web2", at("192.0.2.2")))).toEqual([
    "web2.json web2 limit-fleet-memory",
  ]);
});

test("A budget that is mandatory fails the audit of files which keep it one by one", async () => {
  const config = write("p.json", { "limit-fleet-memory": { maximumMiB: 150, enforcementLevel: "mandatory" } });
  const [one, two] = [oneStack("web1", at("192.0.2.1")), oneStack("web2", at("192.0.2.2"))];
  expect((await audit("--config", config, one)).code).toBe(0);
  expect((await audit("--config", config, two)).code).toBe(0);
  expect((await audit("--config", config, one, two)).code).toBe(1);
});

test("Hosts of one role agree across an inventory and an exported stack", async () => {
  const other = { settings: { timeouts: { nf_conntrack_udp_timeout: 60 } } };
  const file = write("hosts.yaml", inventory("web2", "192.0.2.2", other));
  expect(await breaches(oneStack("web1", at("192.0.2.1")), file)).toContain("hosts.yaml web2 agree-within-role");
});

describe("A host that stands in two files", () => {
  test("counts once, and is not compared with itself", async () => {
    const planned = write("hosts.yaml", inventory("web1", "192.0.2.1", { settings: { max: 262144 } }));
    const timeouts = { ...settings.timeouts, nf_conntrack_udp_timeout: 60 };
    const updated = oneStack("web1", { ...at("192.0.2.1"), settings: { ...settings, timeouts } });
    expect(await breaches(planned, updated)).toEqual([]);
  });

  test.each<[string, string, object]>([
    ["has another address", "web1", at("192.0.2.2")],
    ["has another name", "web2", at("192.0.2.1")],
    ["has another port", "web1", at("192.0.2.1", { port: 2222 })],
    ["lies behind another bastion", "web1", at("192.0.2.1", { bastion: { host: "192.0.2.9", hostKey } })],
    ["has an address that is encrypted", "web1", { connection: { ...connection, host: encrypted } }],
  ])("counts as two where it %s", async (_how, name, inputs) => {
    const first = write("first.json", stack(component(at("192.0.2.1"), "web1")));
    const second = write("second.json", stack(component(inputs, name)));
    expect(await breaches(first, second)).toEqual([`second.json ${name} limit-fleet-memory`]);
  });
});
