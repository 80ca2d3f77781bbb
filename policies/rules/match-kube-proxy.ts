import * as z from "zod";
import { Role } from "../../src/sizing/roles";
import { hostRule, Level, Severity } from "../rule";

const source = "kubernetes pkg/proxy/conntrack/sysctls.go";

export const matchKubeProxy = hostRule({
  name: "match-kube-proxy",
  sentence: "The max of a Kubernetes node is what kube-proxy writes when it starts.",
  severity: Severity.Medium,
  level: Level.Disabled,
  remedy:
    "Write kube-proxy's number, or tell kube-proxy to leave the table alone (maxPerCore 0) and disable this policy.",
  source,
  configuration: z.strictObject({
    maxPerCore: z.int().min(1).default(32768).describe("kube-proxy's --conntrack-max-per-core"),
    minimum: z.int().min(1).default(131072).describe("kube-proxy's --conntrack-min"),
    cap: z.int().min(1).default(1048576).describe("kube-proxy's upper limit, tested before the minimum"),
  }),
  judge: ({ inputs: { role, settings, facts } }, { maxPerCore, minimum, cap }) => {
    if (role !== Role.KubernetesNode || settings === undefined || facts === undefined) return [];
    const cores = facts.cores ?? 1;
    const scaled = maxPerCore * cores;
    // The cap comes first there, so a minimum above it holds on small machines only.
    const wanted = scaled > cap ? cap : Math.max(scaled, minimum);
    return settings.max === wanted
      ? []
      : [
          {
            path: "settings.max",
            value: settings.max,
            limit: `differs from the ${wanted} that kube-proxy writes on ${cores} cores`,
            source,
            remedy: `Write settings.max: ${wanted}.`,
          },
        ];
  },
});
