/**
 * What a host is for, and what follows from it for its table. Every number of a role is here and nowhere else.
 */
import { kubeProxyMax, kubeProxySource, kubeProxyTimeouts } from "./kube-proxy";

/** The work that a host does; it decides floors, ceilings and timeouts. */
export const Role = {
  /** A server that ends its own connections: web, database, application. */
  Host: "host",
  /** A gateway that translates addresses for many clients. */
  Nat: "nat",
  /** A balancer or reverse proxy that holds both sides of each connection. */
  LoadBalancer: "loadBalancer",
  /** A resolver or authoritative name server. */
  Dns: "dns",
  /** A Kubernetes node with kube-proxy or a comparable service proxy. */
  KubernetesNode: "kubernetesNode",
} as const;
export type Role = (typeof Role)[keyof typeof Role];

/** A limit with the authority that sets it. */
export interface SourcedSeconds {
  readonly seconds: number;
  readonly source: string;
}

/** What a role asks of one timeout; the key is the sysctl name without its `nf_conntrack_` or `ip_conntrack_`. */
export interface RoleTimeout {
  /** Value to set; left out where the kernel's own default stays. */
  readonly set?: SourcedSeconds;
  /** A value below this breaks connections of well-behaved peers: an error. */
  readonly floor?: SourcedSeconds;
  /** A value below this is unwise in this role: a warning. */
  readonly advised?: SourcedSeconds;
}

interface RoleRules {
  /** Most entries that the role gets from RAM alone; more needs declared traffic or an override. */
  readonly ceilingEntries: number;
  /** Fewest entries that the role can work with, from the number of cores. */
  readonly floorEntries?: (cores: number) => number;
  readonly floorSource?: string;
  readonly timeouts: Readonly<Record<string, RoleTimeout>>;
}

const rfc5382 = "RFC 5382 section 5, REQ-5: 2 hours 4 minutes";
const rfc5382Transitory = "RFC 5382 section 5, REQ-5: 4 minutes";
const rfc4787 = "RFC 4787 section 4.3, REQ-5: 2 minutes";
const rfc5508 = "RFC 5508 section 3.2, REQ-1: 60 seconds";

/** Below it a connection that only TCP keepalive touches is forgotten. */
export const minimumEstablished: SourcedSeconds = { seconds: 7440, source: rfc5382 };

/**
 * Five days (the kernel's default) let entries of vanished peers pile up; one day is what kube-proxy and the
 * makers of routers use. Below 7440 s a connection that only TCP keepalive (7200 s) touches would be forgotten.
 */
const established: RoleTimeout = {
  set: { seconds: kubeProxyTimeouts.tcp_timeout_established, source: "kube-proxy's default of 24 h" },
  floor: minimumEstablished,
};

const transitory: RoleTimeout = { advised: { seconds: 240, source: rfc5382Transitory } };

const serverEntries = 1048576;
const gatewayEntries = 4194304;

export const roles: Readonly<Record<Role, RoleRules>> = {
  host: { ceilingEntries: serverEntries, timeouts: { tcp_timeout_established: established } },
  dns: { ceilingEntries: serverEntries, timeouts: { tcp_timeout_established: established } },
  loadBalancer: { ceilingEntries: gatewayEntries, timeouts: { tcp_timeout_established: established } },
  nat: {
    ceilingEntries: gatewayEntries,
    timeouts: {
      tcp_timeout_established: established,
      udp_timeout_stream: { floor: { seconds: 120, source: rfc4787 } },
      icmp_timeout: { set: { seconds: 60, source: rfc5508 }, advised: { seconds: 60, source: rfc5508 } },
      tcp_timeout_syn_sent: transitory,
      tcp_timeout_syn_recv: transitory,
      tcp_timeout_fin_wait: transitory,
      tcp_timeout_close_wait: transitory,
      tcp_timeout_last_ack: transitory,
      tcp_timeout_time_wait: transitory,
    },
  },
  kubernetesNode: {
    ceilingEntries: serverEntries,
    floorEntries: (cores) => kubeProxyMax(cores),
    floorSource: kubeProxySource,
    timeouts: {
      tcp_timeout_established: {
        set: { seconds: kubeProxyTimeouts.tcp_timeout_established, source: kubeProxySource },
        floor: minimumEstablished,
      },
      tcp_timeout_close_wait: { set: { seconds: kubeProxyTimeouts.tcp_timeout_close_wait, source: kubeProxySource } },
    },
  },
};

/** Fewest entries that a role can work with on so many cores, never above its ceiling; 0 where it has no floor. */
export const roleFloor = (role: Role, cores: number): number =>
  Math.min(roles[role].floorEntries?.(cores) ?? 0, roles[role].ceilingEntries);
