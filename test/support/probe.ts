/** What a test's host says of itself, or an error. */
import { targetOf } from "../../src/delivery/ssh/endpoint";
import type { Connection } from "../../src/delivery/ssh/connection";
import { probeHost } from "../../src/delivery/ssh/probe";
import { createTransport } from "../../src/delivery/ssh/transport";
import type { HostReport } from "../../src/delivery/answer/read-back";

/**
 * The facts of a host.
 * @throws Error `MESSAGE: REMEDY` where they cannot be had
 */
export const reportOf = async ({ host, port, user, privateKey, hostKey, sudo }: Connection): Promise<HostReport> => {
  const transport = createTransport();
  const target = targetOf({ host, port, user, privateKey, hostKey });
  const outcome = await probeHost(transport, target, { sudo });
  transport.close();
  if (!outcome.ok) throw new Error(`${outcome.message}: ${outcome.remedy}`);
  return outcome.report;
};
