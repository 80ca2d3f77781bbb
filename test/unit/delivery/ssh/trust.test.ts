/** Which hosts the transport believes, and how it shows who wants in. */
import { utils } from "ssh2";
import { generateKeyPair, startSshServer } from "../../../support/ssh-server";
import { keyOf, run, serve, target } from "../../../support/transport";

describe("a host that is not the one", () => {
  test("is refused before it is told who wants in, and never asked again", async () => {
    const server = await serve();
    const outcome = await run(target(server, { trust: { known: [keyOf(generateKeyPair().public)] } }));
    expect(outcome).toMatchObject({ ok: false, reason: "hostKey", stage: "keyExchange", retryable: false });
    expect(outcome).toMatchObject({
      message: expect.stringMatching(/another host key than the known one: SHA256:/) as string,
    });
    expect(server.executions).toEqual([]);
    expect(server.connections).toBe(1);
  });

  test("is refused where its key type is no longer the known one", async () => {
    const server = await serve();
    const rsa = utils.generateKeyPairSync("rsa", { bits: 3072 }).public;
    const outcome = await run(target(server, { trust: { known: [keyOf(rsa)] } }));
    expect(outcome).toMatchObject({ reason: "hostKey", message: "has no host key of the known type (ssh-rsa)" });
    expect(server.connections).toBe(1);
  });

  test("is refused with a revoked key, even where any other would do", async () => {
    const server = await serve();
    const outcome = await run(target(server, { trust: { known: "any", revoked: [keyOf(server.hostKey)] } }));
    expect(outcome).toMatchObject({ reason: "hostKey", retryable: false });
    expect(outcome).toMatchObject({ message: expect.stringContaining("@revoked") as string });
    expect(server.executions).toEqual([]);
  });

  test.each([
    ["no key", []],
    ["a key of a type that cannot be checked", [{ type: "sk-ssh-ed25519@openssh.com", base64: "AAAA" }]],
  ])("is not even dialled where %s is known", async (_what, known) => {
    const server = await serve();
    expect(await run(target(server, { trust: { known } }))).toMatchObject({ reason: "hostKey", stage: "dial" });
    expect(server.connections).toBe(0);
  });
});

describe("a login that is refused", () => {
  test.each<[string, Partial<Parameters<typeof startSshServer>[0]>]>([
    ["every key is refused", { refuseAuthentication: true }],
    ["another user is wanted", { user: "admin" }],
  ])("is tried once: %s", async (_what, behaviour) => {
    const server = await serve(behaviour);
    const outcome = await run(target(server));
    expect(outcome).toMatchObject({ reason: "login", retryable: false });
    expect(outcome).toMatchObject({
      message: expect.stringContaining("refuses the login as root (tried: publickey)") as string,
    });
    expect(server.connections).toBe(1);
  });

  test("says where there was nothing to show", async () => {
    const server = await serve();
    const outcome = await run(target(server, { credentials: {} }));
    expect(outcome).toMatchObject({
      message: expect.stringContaining("there is no key, agent or password to show") as string,
    });
  });

  test("says where the agent failed", async () => {
    const server = await serve();
    const outcome = await run(target(server, { credentials: { agentSocketPath: "/nowhere/agent" } }));
    expect(outcome).toMatchObject({
      reason: "login",
      message: expect.stringContaining("the SSH agent failed") as string,
    });
  });

  test("is not tried at all with a key that cannot be read", async () => {
    const server = await serve();
    const credentials = { privateKey: generateKeyPair("open sesame").private };
    const outcome = await run(target(server, { credentials }));
    expect(outcome).toMatchObject({ reason: "credentials", retryable: false });
    expect(server.connections).toBe(0);
  });
});
