import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findHostKey, findHostKeys } from "../../../../src/delivery/ssh/known-hosts";

const ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFvF7Zr0Nq8k6Dn5r5cJm3yZ0m2w1c9m4Xh0f6s0a1b2";
const rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDZ";

test.each([
  ["a name", `web1 ${ed25519}`, "web1", undefined],
  ["one of several names", `web1,192.0.2.1 ${ed25519}`, "192.0.2.1", undefined],
  ["a name in other letters", `web1 ${ed25519}`, "WEB1", undefined],
  ["a port in brackets", `[web1]:2222 ${ed25519}`, "web1", 2222],
  ["port 22 without brackets", `web1 ${ed25519}`, "web1", 22],
  ["a pattern", `*.example.net ${ed25519}`, "web1.example.net", undefined],
  ["a pattern of one character", `web? ${ed25519}`, "web1", undefined],
  ["a key with a comment behind it", `web1 ${ed25519} root@web1`, "web1", undefined],
  ["a line after comments and blanks", `# web1 ${rsa}\n\n  web1 ${ed25519}`, "web1", undefined],
])("%s finds the key", (_what, file, host, port) => {
  expect(findHostKey(file, host, port)).toBe(ed25519);
});

test.each([
  ["another name", `web2 ${ed25519}`, "web1", undefined],
  ["another port", `[web1]:2222 ${ed25519}`, "web1", undefined],
  ["a negated pattern", `*.example.net,!web1.example.net ${ed25519}`, "web1.example.net", undefined],
  ["an authority", `@cert-authority web1 ${ed25519}`, "web1", undefined],
  ["a revoked key", `@revoked * ${ed25519}\nweb1 ${ed25519}`, "web1", undefined],
  ["half a line", "web1 ssh-ed25519", "web1", undefined],
  ["a dot that must not stand for any letter", `web.1 ${ed25519}`, "webx1", undefined],
])("%s finds nothing", (_what, file, host, port) => {
  expect(findHostKey(file, host, port)).toBeUndefined();
});

test.each([
  ["a key that is revoked for every host", `@revoked * ${ed25519}`, "web1"],
  ["a key that is revoked for this host", `@revoked web1 ${ed25519}\nweb1 ${rsa}`, "web1"],
  ["a key that is revoked after a tab", `@revoked\tweb1\t${ed25519}`, "web1"],
])("%s is known as revoked", (_what, file, host) => {
  expect(findHostKeys(file, host).revoked.map(({ type }) => type)).toEqual(["ssh-ed25519"]);
});

test("a key that is revoked for another host only is this host's key", () => {
  expect(findHostKey(`@revoked web2 ${ed25519}\nweb1 ${ed25519}`, "web1")).toBe(ed25519);
});

test("every key of a host is found, the strongest type first", () => {
  const types = findHostKeys(`web1 ${rsa}\nweb2 ${rsa}\n* ${ed25519}`, "web1").keys.map(({ type }) => type);
  expect(types).toEqual(["ssh-ed25519", "ssh-rsa"]);
});

test("an authority that vouches for a host is noticed", () => {
  expect(findHostKeys(`@cert-authority *.example.net ${rsa}`, "web1.example.net").hasAuthority).toBe(true);
});

test.each([
  ["*", "web1", true],
  ["w*1", "web1", true],
  ["w*b?", "web1", true],
  ["web1*", "web1", true],
  ["w*2", "web1", false],
  ["?web1", "web1", false],
  ["web1?", "web1", false],
  ["*a*b*c", "xaxbxbxc", true],
  ["[web1]", "w", false],
])("the pattern %s and the name %s: %s", (pattern, name, found) => {
  expect(findHostKey(`${pattern} ${ed25519}`, name)).toBe(found ? ed25519 : undefined);
});

test("a pattern of many stars ends", () => {
  expect(findHostKey(`${"*a".repeat(200)} ${ed25519}`, "a".repeat(190))).toBeUndefined();
});

test("ed25519 is preferred to RSA, whatever stands first", () => {
  expect(findHostKey(`web1 ${rsa}\nweb1 ${ed25519}`, "web1")).toBe(ed25519);
});

test("names that ssh-keygen has hashed are found", () => {
  const folder = mkdtempSync(join(tmpdir(), "known-hosts-"));
  try {
    const file = join(folder, "known_hosts");
    writeFileSync(file, `web1.example.net ${ed25519}\n[web2]:2222 ${ed25519}\n`);
    execFileSync("ssh-keygen", ["-H", "-f", file], { stdio: "ignore" });
    const hashed = readFileSync(file, "utf8");
    expect(hashed).not.toContain("web1");
    expect(findHostKey(hashed, "web1.example.net")).toBe(ed25519);
    expect(findHostKey(hashed, "web2", 2222)).toBe(ed25519);
    expect(findHostKey(hashed, "web2")).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
