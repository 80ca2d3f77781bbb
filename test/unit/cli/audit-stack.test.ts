import fs from "node:fs";
import { audit, connection, inFolder, marker, useTemporaryFolder, write } from "../../support/audit";
import { command, component, encrypted, secret, stack } from "../../support/audit-stack";

useTemporaryFolder();

describe("An exported stack", () => {
  const child = command(
    {
      create: "sudo -n sh -s -- apply token=fleet/prod/web1 max=262144",
      stdin: "echo 1 > /proc/sys/net/netfilter/nf_conntrack_max",
    },
    "web1-host",
    component().urn,
  );

  test("within its limits exits 0 and says that it proves no host", async () => {
    const file = write("stack.json", stack(component(), child));
    const { code, out } = await audit(file);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining("1 host and 1 command judged: 0 mandatory rules broken, 0 advisory"),
    ]);
    expect(out).toContain(
      `${file} is an exported stack: it proves what was intended at the last update, not what any host has now`,
    );
  });

  test("with a raw command exits 1", async () => {
    const raw = command({ create: "sysctl -w net.netfilter.nf_conntrack_max=1" });
    const { code, json } = await audit("--json", write("stack.json", stack(component(), child, raw)));
    expect(code).toBe(1);
    expect(json().findings).toMatchObject([{ subject: "raw", rule: "forbid-raw-writes", path: "create" }]);
  });

  test("without a verdict is reported", async () => {
    const { json } = await audit("--json", write("stack.json", stack(component({ verdict: undefined }))));
    expect(json().findings.map(({ rule }) => rule)).toEqual(["require-verdict"]);
  });

  test("is judged as far as its secrets allow, and does not pass where a mandatory rule needs one", async () => {
    const hiddenSettings = component({ settings: encrypted });
    const hiddenCommand = command({ create: encrypted });
    const file = write("stack.json", stack(hiddenSettings, hiddenCommand));
    const { code, json } = await audit("--json", file);
    const { passed, findings, notJudged, notes } = json();
    expect([code, passed, findings]).toEqual([1, false, []]);
    const failed = notJudged.filter((each) => each.failed);
    expect(failed.map(({ subject, rule }) => `${subject ?? ""} ${rule}`)).toEqual(
      expect.arrayContaining(["web1 bound-max", "web1 limit-bucket-load", "raw forbid-raw-writes"]),
    );
    expect(failed.find(({ rule }) => rule === "bound-max")).toEqual({
      file,
      subject: "web1",
      rule: "bound-max",
      level: "mandatory",
      reason: "settings is encrypted in the file.",
      failed: true,
    });
    expect(failed.map(({ rule }) => rule)).not.toContain("limit-memory-share");
    expect(notJudged.find(({ rule }) => rule === "agree-within-role")?.failed).toBe(false);
    expect(notes.join("\n")).toContain(
      `${file} does not pass, because ${failed.length} judgements by mandatory rules could not be made on encrypted ` +
        "values. Audit the inventory instead, or what `pulumi stack export --show-secrets` prints",
    );
  });

  test("reports to people and CI servers too what could not be judged", async () => {
    const report = inFolder("audit.xml");
    const { out } = await audit("--junit", report, write("stack.json", stack(component({ memory: encrypted }))));
    const xml = fs.readFileSync(report, "utf8");
    expect(xml).toContain('failures="0" errors="2"');
    expect(xml).toContain('<error message="memory is encrypted in the file." type="high"/>');
    expect(out).toContain("web1: limit-memory-share was not judged. memory is encrypted in the file.");
    expect(out).toContain("0 mandatory rules broken, 0 advisory findings, 2 mandatory judgements missing.");
  });

  test("passes where only advisory rules need what is encrypted", async () => {
    const config = write("policies.json", {
      "limit-memory-share": "advisory",
      "require-inputs": "disabled",
    });
    const file = write("stack.json", stack(component({ memory: encrypted })));
    const { code, json } = await audit("--json", "--config", config, file);
    expect([code, json().passed]).toEqual([0, true]);
    expect(json().notJudged.map(({ rule }) => rule)).toContain("limit-memory-share");
  });

  test("passes under strict though a mandatory rule can be judged by the engine alone", async () => {
    const config = write("policies.json", {
      "require-verdict": { acceptNotJudged: true },
      "require-facts": "advisory",
    });
    const file = write("stack.json", stack(component(), child));
    const { code, json } = await audit("--json", "--preset", "strict", "--config", config, file);
    expect([code, json().findings.filter(({ level }) => level === "mandatory")]).toEqual([0, []]);
    expect(json().notJudged).toMatchObject([{ rule: "limit-changed-hosts", level: "mandatory", failed: false }]);
  });

  test("fails for a host whose inputs never reached the engine", async () => {
    const nothing = { ...component(), inputs: {} };
    const { code, json } = await audit("--json", write("stack.json", stack(nothing)));
    expect(code).toBe(1);
    expect(json().findings.map(({ rule, path }) => `${rule} ${path}`)).toEqual([
      "require-inputs connection",
      "require-inputs facts",
      "require-inputs settings",
      "require-inputs memory",
    ]);
  });

  test("knows an encrypted password for a password", async () => {
    const password = component({ connection: { ...connection, password: encrypted } });
    const { json } = await audit("--json", write("stack.json", stack(password)));
    expect(json().findings.map(({ rule }) => rule)).toEqual(["forbid-password"]);
  });

  test.each([
    ["marked as a secret and shown", secret({ plaintext: JSON.stringify(marker) })],
    ["never marked as a secret", marker],
  ])("reports a key that was %s, and does not repeat it", async (_how, privateKey) => {
    const clear = component({ connection: { ...connection, privateKey } });
    const { code, out, json } = await audit("--json", write("stack.json", stack(clear)));
    expect(code).toBe(1);
    expect(json().findings).toMatchObject([{ rule: "encrypt-secrets", path: "connection.privateKey" }]);
    expect(out).not.toContain(marker);
  });

  test("is judged without what the engine has yet to delete", async () => {
    const old = { ...command({ create: "sysctl -w net.netfilter.nf_conntrack_max=1" }), delete: true };
    expect((await audit(write("stack.json", stack(component(), old)))).code).toBe(0);
  });

  test.each<[string, object, boolean]>([
    ["/etc/sysctl.d/90.conf", { localPath: "./90.conf" }, true],
    ["/usr/lib/modprobe.d/nf.conf", { localPath: "./nf.conf" }, true],
    ["/opt/app.conf", { localPath: "./app.conf" }, false],
  ])(
    "lists a file copied to %s, whose text it does not hold, only where a host reads settings",
    async (remotePath, rest, listed) => {
      const copy = {
        urn: "urn:pulumi:prod::fleet::command:remote:CopyFile::copy",
        type: "command:remote:CopyFile",
        inputs: { remotePath, ...rest },
      };
      const { code, json } = await audit("--json", write("stack.json", stack(component(), copy)));
      const rules = json()
        .notJudged.filter(({ subject }) => subject === "copy")
        .map(({ rule }) => rule);
      expect([code, rules]).toEqual([0, listed ? ["forbid-raw-writes"] : []]);
    },
  );

  test("without any tuned host says so where another file has one", async () => {
    const file = write("empty.json", stack());
    const { code, out } = await audit(file, write("stack.json", stack(component())));
    expect([code, out]).toEqual([
      0,
      expect.stringContaining(`${file} holds no tuned host and no command, so that nothing was judged.`),
    ]);
  });
});
