/** The compliant host with one field changed, and the form of a test case. */
import type { HostInputs } from "../../../policies/subjects/subjects";
import { compliantHost } from "../../support/policies";

export const established = "nf_conntrack_tcp_timeout_established";

export const withTimeouts = (timeouts: Record<string, number>): HostInputs => ({
  ...compliantHost,
  settings: { ...compliantHost.settings, timeouts: { ...compliantHost.settings.timeouts, ...timeouts } },
});
export const withTable = (table: { max?: number; buckets?: number }): HostInputs => ({
  ...compliantHost,
  settings: { ...compliantHost.settings, ...table },
});
export const withFacts = (facts: object): HostInputs => ({
  ...compliantHost,
  facts: { ...compliantHost.facts, ...facts },
});
export const withConnection = (connection: object): HostInputs => ({
  ...compliantHost,
  connection: { ...compliantHost.connection, ...connection },
});
export const withVerdict = (verdict: object, rest: object = {}): HostInputs => ({
  ...compliantHost,
  ...rest,
  verdict: { ...compliantHost.verdict, ...verdict },
});

export interface Breach {
  readonly rule: string;
  readonly field: string;
  readonly host: HostInputs;
  /** The whole message: value, limit, source and what to write instead. */
  readonly says: string;
  readonly configured?: object;
}
