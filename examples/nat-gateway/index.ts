import * as pulumi from "@pulumi/pulumi";
import { ConntrackTuning, Load, Role } from "pulumi-conntrack";

const config = new pulumi.Config();

const gateway = new ConntrackTuning("nat1", {
  connection: {
    host: config.require("host"),
    hostKey: config.require("hostKey"),
    privateKey: config.requireSecret("privateKey"),
  },
  facts: { memoryMiB: 65536, arch: "x86_64", kernel: "6.1.0-50-cloud-amd64" },
  role: Role.Nat,
  traffic: { loads: [{ load: Load.NatGateway, size: 5000 }], peakFactor: 1.5 },
});

export const settings = gateway.settings;
export const verdict = gateway.verdict;
