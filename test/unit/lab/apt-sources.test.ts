import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readMirror, renderSources } from "../../../lab/vm/apt-sources";

const folders: string[] = [];
/** An /etc/apt with these files. */
const aptFolder = (files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), "apt-sources-"));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
};
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

const deb822 = `Types: deb
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
 -----END PGP PUBLIC KEY BLOCK-----
`;

const oneLine = `# deb http://old.example/debian bookworm main
deb [signed-by=/usr/share/keyrings/debian.gpg arch=amd64] http://mirror.example/debian bookworm main contrib
deb-src http://mirror.example/debian bookworm main
deb http://mirror.example/debian-security bookworm-security main
deb http://other.example/apt stable nonfree
`;

const fieldsOf = (stanza = ""): Record<string, string> =>
  Object.fromEntries(
    [...stanza.matchAll(/^([a-z-]+): (.*)$/gm)].map(([, name = "", value = ""]): [string, string] => [name, value]),
  );

test.each([
  ["deb822", { "sources.list.d/debian.sources": deb822 }],
  ["one-line", { "sources.list": oneLine }],
])("a mirror written in the %s form is repeated with another suite and architecture", (_form, files) => {
  const [archive, security] = renderSources(readMirror(aptFolder(files)), "trixie", "arm64").split("\n\n");
  const shared = { types: "deb", components: "main", architectures: "arm64" };
  expect(fieldsOf(archive)).toEqual({
    ...shared,
    uris: "http://mirror.example/debian",
    suites: "trixie",
    "signed-by": "/usr/share/keyrings/debian.gpg",
  });
  expect(fieldsOf(security)).toMatchObject({
    ...shared,
    uris: "http://mirror.example/debian-security",
    suites: "trixie-security",
  });
});

test("a key that stands in the stanza itself stays whole", () => {
  const sources = renderSources(readMirror(aptFolder({ "sources.list.d/a.sources": deb822 })), "bullseye", "i386");
  expect(sources).toContain("-----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n");
});

test("the unstable suite has no security archive", () => {
  expect(renderSources(readMirror(aptFolder({ "sources.list": oneLine })), "sid", "amd64")).not.toContain("security");
});

test("a machine without a Debian archive is reported with what is missing", () => {
  const folder = aptFolder({ "sources.list.d/other.list": "deb http://other.example/apt stable nonfree\n" });
  expect(() => readMirror(folder)).toThrow(/names no Debian archive/);
});
