import { endpointsOf } from "../subjects/endpoints";
import { hostRule, Level, nothingToConfigure, Severity } from "../rule";
import type { Violation } from "../violation";

const source = "RFC 4251 section 4.1: without the host key a man in the middle cannot be distinguished from the host";
const remedy =
  "Write the line that `pulumi-conntrack facts HOST` prints as hostKey, and compare its fingerprint with the host's console.";

export const pinHostKey = hostRule({
  name: "pin-host-key",
  sentence: "The SSH host key of every host and bastion is pinned.",
  severity: Severity.Critical,
  level: Level.Mandatory,
  remedy,
  source,
  configuration: nothingToConfigure,
  judge: ({ inputs }) =>
    endpointsOf(inputs).flatMap(({ path, endpoint }): Violation[] => {
      if (endpoint.insecureIgnoreHostKey === true)
        return [
          {
            path: `${path}.insecureIgnoreHostKey`,
            value: true,
            limit: "lets anyone between pose as the host",
            source,
            remedy: `Remove it. ${remedy}`,
          },
        ];
      return endpoint.hostKey === undefined || endpoint.hostKey.trim() === ""
        ? [{ path: `${path}.hostKey`, limit: "is missing, so that any host key is accepted", source, remedy }]
        : [];
    }),
});
