import { fileRule, Level, nothingToConfigure, Place, Severity } from "../rule";

const source = "Pulumi, secrets: a value in a file is read by everyone who reads the file";

export const encryptSecrets = fileRule({
  name: "encrypt-secrets",
  sentence: "No private key, passphrase or password stands in a file in plain text.",
  severity: Severity.Critical,
  level: Level.Mandatory,
  remedy: "Write privateKeyFile, use the SSH agent, or `pulumi config set --secret`; then change the secret.",
  source,
  judgedOnlyIn: {
    places: [Place.Inventory, Place.Stack],
    reason: "The engine decrypts secrets before it asks policies, so a policy cannot see which were encrypted.",
  },
  configuration: nothingToConfigure,
  judge: ({ clearSecrets }) =>
    clearSecrets.map((path) => ({
      path,
      limit: "stands in the file in plain text",
      source,
      remedy:
        "Write privateKeyFile, use the SSH agent, or `pulumi config set --secret`; then change the secret, because it was readable.",
    })),
});
