import { createHash } from "node:crypto";
import { settingsHash, type JudgedSettings } from "../../../src/simulation/scenario/settings-hash";

const judged: JudgedSettings = {
  era: "nf_conntrack 5.15+",
  settings: { max: 4096, buckets: 2048, timeouts: { nf_conntrack_udp_timeout: 30, nf_conntrack_icmp_timeout: 60 } },
  traffic: [{ protocol: "udp", newPerSecond: 10 }],
};

test("The hash is SHA-256 over JSON with ordered keys and without blanks", () => {
  const text =
    '{"era":"nf_conntrack 5.15+","settings":{"buckets":2048,"max":4096,"timeouts":{"nf_conntrack_icmp_timeout":60,' +
    '"nf_conntrack_udp_timeout":30}},"traffic":[{"newPerSecond":10,"protocol":"udp"}]}';
  expect(settingsHash(judged)).toBe(createHash("sha256").update(text).digest("hex"));
});

test("The order of keys and further fields make no difference", () => {
  const { era, settings, traffic } = judged;
  const reordered = { reasons: {}, traffic, settings: { extra: 1, ...settings }, era };
  expect(settingsHash(reordered)).toBe(settingsHash(judged));
});

test.each<[string, JudgedSettings]>([
  ["the era", { ...judged, era: "nf_conntrack 4.9+" }],
  ["max", { ...judged, settings: { ...judged.settings, max: 4097 } }],
  ["buckets", { ...judged, settings: { ...judged.settings, buckets: 4096 } }],
  ["a timeout", { ...judged, settings: { ...judged.settings, timeouts: { nf_conntrack_udp_timeout: 30 } } }],
  ["the traffic", { ...judged, traffic: undefined }],
])("Another hash follows from a change of %s", (_what, changed) => {
  expect(settingsHash(changed)).not.toBe(settingsHash(judged));
});
