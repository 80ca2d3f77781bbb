/** The pack behind `pulumi preview --policy-pack policies`; packs of your own are made of ./library. */
import { PolicyPack } from "@pulumi/policy";
import { conntrackPolicies } from "./library";

new PolicyPack("pulumi-conntrack", { enforcementLevel: "advisory", policies: conntrackPolicies() });
