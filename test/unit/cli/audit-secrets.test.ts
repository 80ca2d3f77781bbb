/** Secrets in plain text are reported by their paths wherever they stand in a file, and never shown. */
import { audit, connection, facts, hostKey, marker, useTemporaryFolder, write } from "../../support/audit";
import { command, component, encrypted, secret, stack } from "../../support/audit-stack";

useTemporaryFolder();

const reported = async (file: string): Promise<readonly string[]> => {
  const { code, out, err, json } = await audit("--json", file);
  expect(`${out}${err}`).not.toContain(marker);
  expect([code, err]).toEqual([1, ""]);
  return json()
    .findings.filter(({ rule }) => rule === "encrypt-secrets")
    .map(({ subject, path }) => `${subject}: ${path}`);
};

const good = { connection, facts };
const clear = { ...connection, password: marker };

test.each<[string, object, readonly string[]]>([
  ["of a decommissioned host", { hosts: { a: good, web1: { ...good, connection: clear, decommissioned: true } } }, []],
  ["of a host that is refused", { hosts: { web1: { ...good, connection: clear, settings: { max: -1 } } } }, []],
  ["of a host without facts", { hosts: { web1: { connection: clear } } }, []],
  ["beside the connection", { hosts: { web1: { ...good, password: marker } } }, ["web1: hosts.web1.password"]],
  [
    "in a connection that is a list",
    { hosts: { web1: { ...good, connection: [{ password: marker }] } } },
    ["web1: hosts.web1.connection[0].password"],
  ],
  [
    "of defaults without any host",
    { defaults: { connection: { privateKey: marker } }, hosts: {} },
    ["defaults: defaults.connection.privateKey"],
  ],
  [
    "of defaults whose only host is refused",
    {
      defaults: { connection: { privateKey: marker } },
      hosts: { web1: { connection: { host: "192.0.2.1", hostKey } } },
    },
    ["defaults: defaults.connection.privateKey"],
  ],
])("A secret %s is reported in an inventory", async (_where, document, paths) => {
  expect(await reported(write("hosts.yaml", document))).toEqual(
    paths.length > 0 ? paths : ["web1: hosts.web1.connection.password"],
  );
});

test.each<[string, object, readonly string[]]>([
  [
    "of a raw command",
    command({ create: "true", connection: { host: "h", privateKey: marker, password: marker } }),
    ["raw: connection.privateKey", "raw: connection.password"],
  ],
  [
    "of a raw command's bastion, by the plugin's own name",
    command({ create: "true", connection: { host: "h", proxy: { host: "b", privateKeyPassword: marker } } }),
    ["raw: connection.proxy.privateKeyPassword"],
  ],
  [
    "in a connection that was shown as a whole",
    command({ create: "true", connection: secret({ plaintext: JSON.stringify({ host: "h", password: marker }) }) }),
    ["raw: connection.password"],
  ],
  ["of a host that is refused", component({ connection: clear, settings: null }), ["web1: connection.password"]],
  [
    "of a host that is yet to be deleted",
    { ...component({ connection: clear }), delete: true },
    ["web1: connection.password"],
  ],
  [
    "whose plain text is no JSON",
    component({ connection: { ...connection, privateKey: secret({ plaintext: marker }) } }),
    ["web1: connection.privateKey"],
  ],
])("A secret %s is reported in an exported stack", async (_where, resource, paths) => {
  expect(await reported(write("stack.json", stack(resource)))).toEqual(paths);
});

test("A command whose connection stands encrypted keeps the rule", async () => {
  const raw = command({ create: "true", connection: { host: "h", password: encrypted, privateKey: encrypted } });
  expect((await audit(write("stack.json", stack(raw)))).code).toBe(0);
});

test.each<[string, string | object]>([
  ["an alias without an anchor in place of a password", `hosts: { web1: { connection: { password: *${marker} } } }`],
  [
    "a private key as host key",
    { hosts: { web1: { ...good, connection: { host: "h", hostKey: `-----BEGIN ${marker}` } } } },
  ],
  ["a URL as connection", { hosts: { web1: { ...good, connection: `ssh://tuner:${marker}@192.0.2.1` } } }],
  [
    "a login before the host",
    { hosts: { web1: { ...good, connection: { host: `tuner:${marker}@192.0.2.1`, hostKey } } } },
  ],
])("Nothing of %s is shown", async (_what, document) => {
  const { code, out, err } = await audit(write("hosts.yaml", document));
  expect(code).not.toBe(0);
  expect(`${out}${err}`).not.toContain(marker);
});
