import * as z from "zod";
import { kubeProxyBuckets, kubeProxyDefaults, kubeProxyMax, kubeProxySource } from "../../src/sizing/kube-proxy";
import { Role } from "../../src/sizing/roles";
import { hostRule, Level, Severity } from "../rule";
import type { Violation } from "../violation";

const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? "" : "s"}`;

export const matchKubeProxy = hostRule({
  name: "match-kube-proxy",
  sentence:
    "A Kubernetes node has the max that kube-proxy writes when it starts, and no fewer buckets than it asks for.",
  severity: Severity.Medium,
  level: Level.Disabled,
  remedy:
    "Write kube-proxy's numbers, or configure kube-proxy to leave the table alone (maxPerCore 0) and disable this policy.",
  source: kubeProxySource,
  configuration: z.strictObject({
    maxPerCore: z.int().min(1).default(kubeProxyDefaults.maxPerCore).describe("kube-proxy's --conntrack-max-per-core"),
    minimum: z.int().min(1).default(kubeProxyDefaults.minimum).describe("kube-proxy's --conntrack-min"),
    cap: z.int().min(1).default(kubeProxyDefaults.cap).describe("kube-proxy's upper limit, tested before the minimum"),
  }),
  judge: ({ inputs: { role, settings, facts } }, flags) => {
    if (role !== Role.KubernetesNode || settings === undefined || facts === undefined) return [];
    const { cores } = facts;
    if (cores === undefined)
      return [
        {
          path: "facts.cores",
          limit: "is missing, and what kube-proxy writes follows from the number of cores",
          source: kubeProxySource,
          remedy: "Write what `pulumi-conntrack facts HOST` prints.",
        },
      ];
    const max = kubeProxyMax(cores, flags);
    const buckets = kubeProxyBuckets(max);
    const violations: Violation[] = [];
    if (settings.max !== max)
      violations.push({
        path: "settings.max",
        value: settings.max,
        limit: `differs from the ${max} that kube-proxy writes on ${count(cores, "core")}`,
        source: kubeProxySource,
        remedy: `Write settings.max: ${max}.`,
      });
    if (settings.buckets < buckets)
      violations.push({
        path: "settings.buckets",
        value: settings.buckets,
        limit: `is fewer than the ${buckets} to which kube-proxy raises the hash size with its max of ${max}`,
        source: kubeProxySource,
        remedy: `Write settings.buckets of at least ${buckets}.`,
      });
    return violations;
  },
});
