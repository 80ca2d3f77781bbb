import { kubeProxyTimeouts } from "../../src/sizing/kube-proxy";
import * as z from "zod";
import { formatSeconds } from "../../src/text/format";
import { effectiveTimeout } from "../subjects/host-kernel";
import { hostRule, Level, Severity } from "../rule";

const source = `the kernel's own 432000 s keep entries of vanished peers for 5 days; kube-proxy writes ${kubeProxyTimeouts.tcp_timeout_established}`;

export const limitEstablishedTimeout = hostRule({
  name: "limit-established-timeout",
  sentence: "Established connections are forgotten after a set time without packets, never only after five days.",
  severity: Severity.High,
  level: Level.Mandatory,
  remedy: "Write a shorter tcp_timeout_established, or leave it out for the role's one day.",
  source,
  configuration: z.strictObject({
    maximumSeconds: z
      .int()
      .min(1)
      .default(kubeProxyTimeouts.tcp_timeout_established)
      .describe("Longest time without packets"),
  }),
  judge: ({ inputs }, { maximumSeconds }) => {
    const timeout = effectiveTimeout(inputs, "nf_conntrack_tcp_timeout_established");
    return timeout === undefined || timeout.seconds <= maximumSeconds
      ? []
      : [
          {
            path: `settings.timeouts.${timeout.sysctl}`,
            value: timeout.planned ? timeout.seconds : `left at the kernel's ${timeout.seconds}`,
            limit: `is more than the ${maximumSeconds} seconds (${formatSeconds(maximumSeconds)}) allowed`,
            source,
            remedy: `Write at most ${maximumSeconds}.`,
          },
        ];
  },
});
