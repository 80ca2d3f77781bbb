import { checkRollout } from "../../../src/component/provider/check";
import { hostsText, withHosts } from "../../../src/component/provider/hosts-text";
import { asSecret, unknownValue } from "../../../src/component/provider/properties";

const hosts = { web1: { host: "192.0.2.1", request: { notes: [null, "ä"] } }, constructor: { host: "192.0.2.2" } };

test("hosts that a program sends as a text are an object from Check on", () => {
  expect(withHosts({ wave: "1", hosts: hostsText(hosts) })).toEqual({ wave: "1", hosts });
  expect(withHosts({ hosts: asSecret(hostsText(hosts)) })).toEqual({ hosts: asSecret(hosts) });
});

test.each([
  ["an object, as the state has them", { hosts }],
  ["not known yet", { hosts: unknownValue }],
  ["not there", { wave: "1" }],
])("hosts that are %s stay so", (_, inputs) => {
  expect(withHosts(inputs)).toEqual(inputs);
});

test("a text that is no JSON is a mistake of the input", () => {
  const { failures } = checkRollout({}, withHosts({ hosts: "{web1" }), true);
  expect(failures.map(({ property }) => property)).toContain("hosts");
});
