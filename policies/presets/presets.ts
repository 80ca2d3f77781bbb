/** Ranges that vendors publish, and what they set themselves, as configurations of the rules. */
import { kubeProxyDefaults, kubeProxySource, kubeProxyTimeouts } from "../../src/sizing/kube-proxy";
import type { RuleConfiguration } from "./configuration";

/** A ready configuration with who stands behind its numbers. */
export interface Preset {
  readonly name: string;
  readonly title: string;
  /** Page or file of the vendor that the numbers come from. */
  readonly source: string;
  /** By rule; rules that are not named keep their defaults. */
  readonly rules: Readonly<Record<string, RuleConfiguration>>;
}

interface Range {
  readonly minimum?: number;
  readonly maximum?: number;
}

const exactly = (value: number): Range => ({ minimum: value, maximum: value });
const between = (minimum: number, maximum: number): Range => ({ minimum, maximum });

const established = "nf_conntrack_tcp_timeout_established";
const closeWait = "nf_conntrack_tcp_timeout_close_wait";

const gke = "Google Kubernetes Engine API, LinuxNodeConfig.sysctls";
const aks = "Azure Kubernetes Service, custom node configuration (articles/aks/custom-node-configuration.md)";
const kubeProxy = `${kubeProxySource} and kube-proxy's default flags`;
const openshift = "TuneD, profiles/openshift/tuned.conf";
const bottlerocket = "Bottlerocket, packages/release/release-sysctl.conf";

export const presets: readonly Preset[] = [
  {
    name: "gke",
    title: "GKE: what a node pool's sysctls may be",
    source: gke,
    rules: {
      "keep-within-ranges": {
        source: gke,
        ranges: {
          max: between(65536, 4194304),
          buckets: between(65536, 524288),
          [established]: between(600, 86400),
          [closeWait]: between(60, 3600),
          nf_conntrack_tcp_timeout_time_wait: between(1, 600),
        },
      },
    },
  },
  {
    name: "aks",
    title: "AKS: what a node pool's sysctls may be",
    source: aks,
    rules: {
      "keep-within-ranges": {
        source: aks,
        ranges: { max: between(131072, 2097152), buckets: between(65536, 524288) },
      },
    },
  },
  {
    name: "kube-proxy",
    title: "kube-proxy: what it writes when it starts with default flags, its hash size of max / 4 included",
    source: kubeProxy,
    rules: {
      "match-kube-proxy": { enforcementLevel: "mandatory", ...kubeProxyDefaults },
      "keep-within-ranges": {
        source: kubeProxy,
        ranges: {
          [established]: exactly(kubeProxyTimeouts.tcp_timeout_established),
          [closeWait]: exactly(kubeProxyTimeouts.tcp_timeout_close_wait),
        },
      },
    },
  },
  {
    name: "openshift",
    title: "OpenShift: what TuneD sets on nodes",
    source: openshift,
    rules: {
      "keep-within-ranges": { source: openshift, ranges: { max: exactly(1048576), buckets: exactly(1048576) } },
    },
  },
  {
    name: "eks-bottlerocket",
    title: "EKS on Bottlerocket: what the image ships",
    source: bottlerocket,
    rules: {
      "keep-within-ranges": {
        source: bottlerocket,
        ranges: { max: exactly(1048576), nf_conntrack_generic_timeout: exactly(120) },
      },
    },
  },
  {
    name: "strict",
    title: "Strict, in the manner of a CIS benchmark: every rule is mandatory and nothing is taken on trust",
    source: "this package; CIS benchmarks hold no numbers for connection tracking",
    rules: {
      all: { enforcementLevel: "mandatory" },
      "bound-max": { honourAllowShrink: false },
      "limit-established-timeout": { maximumSeconds: kubeProxyTimeouts.tcp_timeout_established },
      "require-verdict": { acceptNotJudged: false },
      "require-facts": { facts: ["cores"] },
      "limit-changed-hosts": { maximumHosts: 10 },
      "match-kube-proxy": { enforcementLevel: "disabled" },
    },
  },
];
