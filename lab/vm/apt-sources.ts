/**
 * The machine's own Debian mirror, read from apt's configuration, so that packages of other suites come from the same
 * place and are checked with the same keys.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** One stanza of deb822 fields, names in lower case. */
type Stanza = Readonly<Record<string, string>>;

/** The stanza of the archive proper, and that of the security archive where the machine has one. */
export interface Mirror {
  readonly archive: Stanza;
  readonly security?: Stanza;
}

/** Suites of the archive proper: `bookworm`, never `bookworm-updates`. */
const archiveSuite = /^(stable|oldstable|testing|unstable|sid|bullseye|bookworm|trixie|forky)$/;
const securitySuite = /-security$/;

/** `Types: deb` stanzas of a .sources file; a line that starts with a blank continues the field above. */
const parseDeb822 = (text: string): Stanza[] =>
  text.split(/\n\s*\n/).map((block) => {
    const stanza: Record<string, string> = {};
    let field = "";
    for (const line of block.split("\n")) {
      if (line.startsWith("#")) continue;
      const start = /^([A-Za-z-]+):\s*(.*)$/.exec(line);
      if (start?.[1] !== undefined) {
        field = start[1].toLowerCase();
        stanza[field] = start[2] ?? "";
      } else if (/^\s+\S/.test(line) && field !== "") {
        stanza[field] = `${stanza[field] ?? ""}\n${line}`;
      }
    }
    return stanza;
  });

/** `deb [signed-by=/a.gpg] URI SUITE COMPONENT...` */
const parseOneLine = (text: string): Stanza[] =>
  text.split("\n").flatMap((line) => {
    const parts = /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.+?)\s*$/.exec(line);
    if (parts === null) return [];
    const [, options = "", uris = "", suites = "", components = ""] = parts;
    const given = options.split(/\s+/).flatMap((option) => {
      const [name, value] = option.split("=");
      return name && value ? [[name.toLowerCase(), value.replaceAll(",", " ")]] : [];
    });
    return [{ ...(Object.fromEntries(given) as Stanza), types: "deb", uris, suites, components }];
  });

const readStanzas = (aptFolder: string): Stanza[] => {
  const parts = join(aptFolder, "sources.list.d");
  const list = (folder: string): string[] => {
    try {
      return readdirSync(folder).sort();
    } catch {
      return [];
    }
  };
  const read = (path: string): Stanza[] =>
    path.endsWith(".sources") ? parseDeb822(readFileSync(path, "utf8")) : parseOneLine(readFileSync(path, "utf8"));
  const files = [
    ...list(aptFolder)
      .filter((name) => name === "sources.list")
      .map((name) => join(aptFolder, name)),
    ...list(parts)
      .filter((name) => /\.(list|sources)$/.test(name))
      .map((name) => join(parts, name)),
  ];
  return files.flatMap(read).filter((stanza) => /\bdeb\b/.test(stanza.types ?? "") && stanza.enabled !== "no");
};

/**
 * The mirror that this machine uses for Debian.
 * @throws Error on a machine that has none (not a Debian)
 */
export const readMirror = (aptFolder = "/etc/apt"): Mirror => {
  const stanzas = readStanzas(aptFolder).filter((stanza) => /\bmain\b/.test(stanza.components ?? ""));
  const withSuite = (pattern: RegExp): Stanza | undefined =>
    stanzas.find((stanza) => (stanza.suites ?? "").split(/\s+/).some((suite) => pattern.test(suite)));
  const archive = withSuite(archiveSuite);
  if (archive === undefined) {
    throw new Error(
      `${aptFolder} names no Debian archive (a "deb" entry with a suite like "bookworm" and the component "main"): ` +
        "the test machines' kernels are Debian packages. Run this on Debian, or add such an entry.",
    );
  }
  return { archive, security: withSuite(securitySuite) };
};

/** The text of a .sources file for one suite and its security archive, for packages of one architecture. */
export const renderSources = (mirror: Mirror, suite: string, architecture: string): string => {
  const stanza = (of: Stanza, suites: string): string =>
    Object.entries({ ...of, types: "deb", suites, components: "main", architectures: architecture })
      .filter(([name]) => !["arch", "enabled"].includes(name))
      .map(([name, value]) => `${name}: ${value}`)
      .join("\n");
  // Debian's unstable suite has no security archive.
  const security = suite === "sid" ? undefined : mirror.security;
  const stanzas = [stanza(mirror.archive, suite)];
  if (security !== undefined) stanzas.push(stanza(security, `${suite}-security`));
  return `${stanzas.join("\n\n")}\n`;
};
