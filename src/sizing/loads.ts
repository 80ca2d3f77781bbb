/** Loads with a name: what one unit of each does to a connection tracking table, with the source of each number. */
import type { SteadyClass } from "./steady-class";

/** A load that has a name; each counts its size in a measure of its own. */
export const Load = {
  /** A web server or proxy; size: new connections of clients a second. */
  WebFront: "webFront",
  /** A gateway for browsing clients; size: clients active at once. */
  NatGateway: "natGateway",
  /** A recursive resolver; size: queries of clients a second. */
  DnsResolver: "dnsResolver",
  /** A Kubernetes node; size: pods. */
  KubernetesNode: "kubernetesNode",
  /** A broker with long-lived sessions; size: sessions open at once. */
  MessageBroker: "messageBroker",
} as const;
export type Load = (typeof Load)[keyof typeof Load];

/** A class of flows and how many new ones each unit of size brings a second. */
type LoadClass = Omit<SteadyClass, "newPerSecond"> & {
  readonly share: number;
};

interface LoadRules {
  /** What `size` counts. */
  readonly unit: string;
  readonly source: string;
  readonly classes: readonly LoadClass[];
}

/** Sessions of a broker are counted as open, so their rate is 1 / life. */
const brokerLifeSeconds = 86400;

export const loads: Readonly<Record<Load, LoadRules>> = {
  webFront: {
    unit: "new connections a second",
    source:
      "nginx keepalive_timeout 75 s; one in a hundred ends without a word: clients that leave their network (assumed)",
    classes: [
      {
        protocol: "tcp",
        pattern: "session",
        lifeSeconds: 75,
        intervalSeconds: 15,
        end: "fin",
        arrivals: "poisson",
        share: 0.99,
      },
      {
        protocol: "tcp",
        pattern: "session",
        lifeSeconds: 75,
        intervalSeconds: 15,
        end: "silent",
        arrivals: "poisson",
        share: 0.01,
      },
    ],
  },
  natGateway: {
    unit: "clients active at once",
    source:
      "several hundred ports for each browsing client (G. Lencse, IEICE Trans. Commun. E98-B(8), 2015): a connection and a " +
      "pair of DNS queries each second; a QUIC stream each 5 s with max_idle_timeout 30 s; one connection in a thousand " +
      "ends without a word (assumed)",
    classes: [
      {
        protocol: "tcp",
        pattern: "session",
        lifeSeconds: 60,
        intervalSeconds: 15,
        end: "fin",
        arrivals: "poisson",
        share: 0.999,
      },
      {
        protocol: "tcp",
        pattern: "session",
        lifeSeconds: 60,
        intervalSeconds: 15,
        end: "silent",
        arrivals: "poisson",
        share: 0.001,
      },
      { protocol: "udp", pattern: "query", arrivals: "poisson", share: 2 },
      { protocol: "udp", pattern: "stream", lifeSeconds: 30, intervalSeconds: 5, arrivals: "poisson", share: 0.2 },
    ],
  },
  dnsResolver: {
    unit: "queries of clients a second",
    source: "each query is an entry of its own; one in five misses the cache and asks another server (assumed)",
    classes: [
      { protocol: "udp", pattern: "query", arrivals: "poisson", share: 1.18 },
      { protocol: "udp", pattern: "unreplied", arrivals: "poisson", share: 0.02 },
    ],
  },
  kubernetesNode: {
    unit: "pods",
    source:
      "kubelet: a readiness and a liveness probe each 10 s (periodSeconds); resolv.conf with ndots:5 asks 5 names for A " +
      "and AAAA; 2 service connections and 1 lookup a second for each pod (assumed)",
    classes: [
      { protocol: "tcp", pattern: "session", lifeSeconds: 0, end: "fin", arrivals: "poisson", share: 0.2 },
      {
        protocol: "tcp",
        pattern: "session",
        lifeSeconds: 30,
        intervalSeconds: 10,
        end: "fin",
        arrivals: "poisson",
        share: 2,
      },
      { protocol: "udp", pattern: "query", arrivals: "poisson", share: 10 },
    ],
  },
  messageBroker: {
    unit: "sessions open at once",
    source: "RabbitMQ and MQTT clients: heartbeat each 60 s; a session lives a day and ends without a word (assumed)",
    classes: [
      {
        protocol: "tcp",
        pattern: "session",
        lifeSeconds: brokerLifeSeconds,
        intervalSeconds: 60,
        end: "silent",
        arrivals: "poisson",
        share: 1 / brokerLifeSeconds,
      },
    ],
  },
};
