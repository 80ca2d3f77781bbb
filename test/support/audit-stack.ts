/** The JSON of an exported stack with one tuned host, which every rule accepts. */
import { settingsHash } from "../../src/simulation/scenario/settings-hash";
import { connection, facts, marker } from "./audit";

export const secret = (rest: object) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ...rest,
});
export const encrypted = secret({ ciphertext: `v1:${marker}` });

export const settings = { max: 262144, buckets: 262144, timeouts: { nf_conntrack_tcp_timeout_established: 86400 } };
const memory = { tableBytes: 2097152, entryBytes: 384, fullBytes: 102760448, shareOfRam: 0.01196 };

const verdict = { outcome: "notJudged", settingsHash: settingsHash({ era: "nf_conntrack 5.15+", settings }) };

export const component = (inputs: object = {}, name = "web1") => ({
  urn: `urn:pulumi:prod::fleet::conntrack:index:ConntrackTuning::${name}`,
  type: "conntrack:index:ConntrackTuning",
  inputs: { connection: { ...connection, privateKey: encrypted }, facts, settings, memory, verdict, ...inputs },
});

export const command = (inputs: object, name = "raw", parent?: string) => ({
  urn: `urn:pulumi:prod::fleet::command:remote:Command::${name}`,
  type: "command:remote:Command",
  parent,
  inputs: { connection: encrypted, ...inputs },
});

export const stack = (...resources: object[]) => ({
  version: 3,
  deployment: {
    manifest: {},
    resources: [
      { urn: "urn:pulumi:prod::fleet::pulumi:pulumi:Stack::fleet-prod", type: "pulumi:pulumi:Stack" },
      ...resources,
    ],
  },
});
