/** The component as the SDK's mock engine sees it; the engine tests see what its plugin makes of it. */
import * as pulumi from "@pulumi/pulumi";
import { ConntrackFleet, type ConntrackFleetArgs } from "../../src";
import { withHosts } from "../../src/component/provider/hosts-text";
import type { Fields } from "../../src/validation/fields";
import { hasSecretMark, mockEngine } from "../support/mock-engine";

const engine = mockEngine("shop", "prod");
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFvF7Zr0Nq8k6Dn5r5cJm3yZ0m2w1c9m4Xh0f6s0a1b2 admin@laptop";
const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };
const connection = (host: string) => ({ host, hostKey });

beforeEach(() => engine.reset());

const tune = async (args: ConntrackFleetArgs) => {
  new ConntrackFleet("edge", args);
  await engine.settle();
  return engine.registered.filter(({ type }) => type === "conntrack:index:Rollout");
};

/** The hosts of a wave, as Check reads them. */
const hostsOf = (wave: { readonly inputs: Fields } | undefined): unknown => withHosts(wave?.inputs ?? {}).hosts;

test("all hosts are one wave; what they share stands once, and the key's comment nowhere; its hosts go as a text", async () => {
  const hosts = { web1: { connection: connection("192.0.2.1") }, web2: { connection: connection("192.0.2.2") } };
  const [wave, ...more] = await tune({ defaults: { facts }, hosts });
  expect(more).toEqual([]);
  expect(wave?.name).toBe("edge-1");
  expect(wave?.inputs).toMatchObject({
    owner: "shop/prod",
    wave: "edge-1",
    lanes: 64,
    maximumFailures: 0,
    observe: true,
  });
  expect(typeof wave?.inputs.hosts).toBe("string");
  expect(hostsOf(wave)).toEqual({
    web1: { host: "192.0.2.1", hostKey: hostKey.replace(" admin@laptop", "") },
    web2: { host: "192.0.2.2", hostKey: hostKey.replace(" admin@laptop", "") },
  });
});

test("hosts of one instance type share its facts in the state, where the type itself is not", async () => {
  const kernel = "6.1.0-50-cloud-arm64";
  const hosts = { web1: { connection: connection("192.0.2.1") }, web2: { connection: connection("192.0.2.2") } };
  const [wave] = await tune({ defaults: { facts: { instanceType: "c7g.xlarge", kernel } }, hosts });
  const declared = { memoryMiB: 8192, arch: "aarch64", cores: 4, kernel };
  engine.reset();
  const [same] = await tune({ defaults: { facts: declared }, hosts });
  expect(wave?.inputs.profiles).toMatchObject({ "host-8GiB": declared });
  expect(wave?.inputs).toEqual(same?.inputs);
});

test("a key that is a secret leaves plans and hosts readable, and stands once", async () => {
  const key = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----";
  const defaults = { facts, connection: { user: "tuner", sudo: true, privateKey: pulumi.secret(key) } };
  const hosts = { web1: { connection: connection("192.0.2.1") }, web2: { connection: connection("192.0.2.2") } };
  const [wave] = await tune({ defaults, hosts });
  expect(hasSecretMark(wave?.inputs.hosts)).toBe(false);
  expect(JSON.stringify(wave?.inputs.profiles)).toContain("262144");
  expect(hasSecretMark(wave?.inputs.connections)).toBe(true);
  expect(engine.plain(wave?.inputs.connections)).toEqual({ tuner: { user: "tuner", sudo: true, privateKey: key } });
});

test("every mistake of every host is named, and nothing is registered but the component", () => {
  const hosts = {
    web1: { connection: connection("192.0.2.1"), settings: { max: 5 } },
    web2: { connection: { host: "192.0.2.2" } },
  };
  expect(() => new ConntrackFleet("edge", { defaults: { facts }, hosts, rollout: { waves: [50, 20] } })).toThrow(
    /rollout\.waves: must be percentages that rise to 100[^]*hosts\.web1\.settings\.max = 5[^]*hosts\.web2\.connection\.hostKey: is missing/,
  );
});

test("hosts that are not known at once are refused: an empty fleet would put every host back", () => {
  const hosts = pulumi.output({ web1: { connection: connection("192.0.2.1"), facts } });
  const args = { hosts } as unknown as ConntrackFleetArgs;
  expect(() => new ConntrackFleet("edge", args)).toThrow(/hosts: must be known at once/);
});

test("waves depend on each other, and each knows the hosts of the others", async () => {
  const names = Array.from({ length: 40 }, (_, index) => `web${index}`);
  const hosts = Object.fromEntries(names.map((name, index) => [name, { connection: connection(`192.0.2.${index}`) }]));
  const waves = await tune({ defaults: { facts }, hosts, rollout: { waves: [10, 100] } });
  expect(waves.map(({ name }) => name)).toEqual(["edge-1", "edge-2"]);
  const [first, second] = waves.map((wave) => Object.keys(hostsOf(wave) as object));
  expect([...(first ?? []), ...(second ?? [])].sort()).toEqual([...names].sort());
  expect([...(waves[0]?.inputs.elsewhere as string[])].sort()).toEqual(second?.sort());
});
