/** Which hosts of several files are the same one. */
import * as z from "zod";
import { defaultPort } from "../../src/delivery/ssh/address";

const address = z.object({ host: z.string(), port: z.number().default(defaultPort) });
const way = address.extend({ bastion: address.optional() });

/** The same for a host in two files: its name and the way to it; undefined where its address cannot be read. */
export const hostIdentity = (name: string, connection: unknown): string | undefined => {
  const { success, data } = way.safeParse(connection);
  return success ? JSON.stringify([name, data]) : undefined;
};
