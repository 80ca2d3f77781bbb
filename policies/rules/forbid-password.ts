import { endpointsOf } from "../subjects/endpoints";
import { hostRule, Level, nothingToConfigure, Severity } from "../rule";

const source = "sshd_config(5), PasswordAuthentication: a password can be guessed, and it is sent to the host";

export const forbidPassword = hostRule({
  name: "forbid-password",
  sentence: "No host or bastion is reached with a password.",
  severity: Severity.High,
  level: Level.Mandatory,
  remedy: "Log in with a privateKey or through the SSH agent, and remove the password.",
  source,
  configuration: nothingToConfigure,
  judge: ({ inputs }) =>
    endpointsOf(inputs)
      .filter(({ endpoint }) => endpoint.password !== undefined)
      .map(({ path }) => ({
        path: `${path}.password`,
        limit: "is given, though logins by password are not allowed",
        source,
        remedy: "Remove it and give privateKey, or use the SSH agent.",
      })),
});
