import { defaultUser } from "../../src/delivery/ssh/address";
import { endpointsOf } from "../subjects/endpoints";
import { hostRule, Level, nothingToConfigure, Severity } from "../rule";

const source = "CIS Distribution Independent Linux, sshd PermitRootLogin no";

export const forbidRootLogin = hostRule({
  name: "forbid-root-login",
  sentence: "Nobody logs in as root: the host script runs by sudo.",
  severity: Severity.Medium,
  level: Level.Advisory,
  remedy: "Write connection.user with a user that may run `sudo -n`, and connection.sudo: true.",
  source,
  configuration: nothingToConfigure,
  judge: ({ inputs }) =>
    endpointsOf(inputs)
      .filter(({ endpoint }) => (endpoint.user ?? defaultUser) === defaultUser)
      .map(({ path, isBastion }) => ({
        path: `${path}.user`,
        value: defaultUser,
        limit: "logs in as the superuser",
        source,
        remedy: isBastion
          ? "Write another user; a bastion needs no privilege."
          : "Write a user that may run `sudo -n`, and connection.sudo: true.",
      })),
});
