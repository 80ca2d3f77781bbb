import * as z from "zod";
import { defaultPageSizeBytes } from "../../src/kernel/page-size";
import type { KernelRules } from "../../src/kernel/rules";
import type { HostFacts } from "../../src/plan/request";
import { Role } from "../../src/sizing/roles";
import { kernelOf } from "../subjects/host-kernel";
import { hostRule, Level, Severity } from "../rule";
import type { HostInputs } from "../subjects/subjects";
import type { Violation } from "../violation";

const remedy = "`pulumi-conntrack facts HOST` prints all facts of a host, ready to paste.";

/** Machines whose kernels are built with several page sizes. */
const severalPageSizes = /^(aarch64|ppc64|mips|loongarch|ia64|sparc)/;

interface Need {
  readonly fact: keyof HostFacts;
  readonly when: (inputs: HostInputs, rules: KernelRules) => boolean;
  readonly why: string;
  readonly source: string;
}

const needs: readonly Need[] = [
  {
    fact: "cores",
    when: ({ role }) => role === Role.KubernetesNode,
    why: "is missing, and kube-proxy sizes the table by the number of cores",
    source: "kubernetes pkg/proxy/conntrack/sysctls.go",
  },
  {
    fact: "unameVersion",
    when: (_inputs, rules) => !rules.release.patchKnown,
    why: "is missing, and the release alone does not show the upstream patch level, on which limits depend",
    source: "uname(2), field version",
  },
  {
    fact: "pageSizeBytes",
    when: (_inputs, rules) =>
      severalPageSizes.test(rules.architecture.machine) &&
      defaultPageSizeBytes(rules.release, rules.architecture) === rules.architecture.defaultPageSizeBytes,
    why: "is missing, and kernels of this machine are built with several page sizes, to which tables are rounded",
    source: "arch/*/include/asm/page.h",
  },
  {
    fact: "lowTotalKiB",
    when: (_inputs, rules) => rules.architecture.bits === 32,
    why: "is missing, and entries of a 32-bit kernel live in low memory only",
    source: "/proc/meminfo, LowTotal",
  },
  {
    fact: "networkNamespaces",
    when: (_inputs, rules) => rules.tablePerNamespace,
    why: "is missing, and every network namespace of this kernel has a table of its own",
    source: "net/netfilter/nf_conntrack_core.c before 4.9",
  },
];

export const requireFacts = hostRule({
  name: "require-facts",
  sentence: "The facts that decide this host's numbers are all declared.",
  severity: Severity.Medium,
  level: Level.Advisory,
  remedy,
  source: "the kernel's own sizing, by era, machine and role",
  configuration: z.strictObject({
    facts: z.array(z.string()).default([]).describe("Further facts that every host must declare"),
  }),
  judge: ({ inputs }, configuration) => {
    const { facts } = inputs;
    const rules = kernelOf(inputs);
    if (facts === undefined || rules === undefined) return [];
    const missing = needs.filter(({ fact, when }) => facts[fact] === undefined && when(inputs, rules));
    const further = configuration.facts.filter(
      (fact) => facts[fact as keyof HostFacts] === undefined && !missing.some((need) => need.fact === fact),
    );
    return [
      ...missing.map(({ fact, why, source }): Violation => ({ path: `facts.${fact}`, limit: why, source, remedy })),
      ...further.map((fact): Violation => ({
        path: `facts.${fact}`,
        limit: "is missing, and every host must declare it",
        source: "the policy require-facts, facts",
        remedy,
      })),
    ];
  },
});
