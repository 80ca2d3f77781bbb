/** What the engine sends of a fleet in a program of another language, and what the component gets of it. */
import { fleetInputs } from "../../../src/component/provider/construct-inputs";

// pulumi/sdk/go/common/resource/sig/sig.go and plugin/rpc.go.
const signature = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown) => ({ [signature]: "1b47061264138c4ac30d75fd1eb44270", value });
const output = (fields: object) => ({ [signature]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", ...fields });
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const vm = "urn:pulumi:prod::shop::aws:ec2/instance:Instance::web1";

test("a single value that is an Output stays one, and all around it stays plain", () => {
  const hosts = { web1: { connection: { host: output({ dependencies: [vm] }) }, facts: { memoryMiB: 8192 } } };
  expect(fleetInputs({ hosts }, { hosts: [vm] })).toEqual({ hosts });
});

test("hosts that became one secret because a key is in them are opened", () => {
  const hosts = { web1: { connection: { host: "192.0.2.1", privateKey: "KEY" }, facts: { memoryMiB: 8192 } } };
  expect(fleetInputs({ hosts: secret(hosts) }, {})).toEqual({ hosts });
  expect(fleetInputs({ hosts: output({ value: hosts, secret: true }) }, {})).toEqual({ hosts });
});

test("hosts that became one secret without a key in them keep every single value of theirs secret", () => {
  const hosts = secret({ web1: { connection: { host: "192.0.2.1", port: 22 } } });
  const value = (each: unknown) => output({ value: each, secret: true });
  expect(fleetInputs({ hosts }, {})).toEqual({
    hosts: { web1: { connection: { host: value("192.0.2.1"), port: value(22) } } },
  });
});

test("hosts that come from a resource as a whole still come after it", () => {
  const hosts = { web1: { connection: { host: "192.0.2.1" } } };
  const opened = { hosts: { web1: { connection: { host: output({ value: "192.0.2.1", dependencies: [vm] }) } } } };
  expect(fleetInputs({ hosts }, { hosts: [vm] })).toEqual(opened);
  expect(fleetInputs({ hosts: output({ value: hosts, dependencies: [vm] }) }, { hosts: [vm] })).toEqual(opened);
});

test("hosts that nobody knows yet stay one Output, which the component refuses", () => {
  expect(fleetInputs({ hosts: unknown }, {})).toEqual({ hosts: output({}) });
  expect(fleetInputs({ hosts: output({ secret: true }) }, {})).toEqual({ hosts: output({ secret: true }) });
});

test("how the fleet is rolled out is plain, whatever it comes from", () => {
  const rollout = output({ value: { lanes: output({ value: 3, dependencies: [vm] }), waves: [10, 100] } });
  expect(fleetInputs({ rollout, observe: secret(false) }, { rollout: [vm] })).toEqual({
    rollout: { lanes: 3, waves: [10, 100] },
    observe: false,
  });
});

test("what a language writes for nothing is left out", () => {
  const hosts = { web1: { connection: { host: "192.0.2.1", user: null }, facts: null } };
  expect(fleetInputs({ hosts, rollout: null, defaults: null }, {})).toEqual({
    hosts: { web1: { connection: { host: "192.0.2.1" } } },
  });
});
