import fs from "node:fs";
import path from "node:path";
import { runCommandLine } from "../../../src/cli/command-line";
import { guides, root, textOf } from "./documents";

/** A path that may hold `*` or, as a word of its own, NAME. */
const exists = (name: string): boolean => {
  const pattern = path.basename(name).replace("NAME", "*");
  const folder = path.join(root, path.dirname(name));
  if (!pattern.includes("*")) return fs.existsSync(path.join(root, name));
  const [before = "", after = ""] = pattern.split("*");
  return (
    fs.existsSync(folder) && fs.readdirSync(folder).some((each) => each.startsWith(before) && each.endsWith(after))
  );
};

describe.each(guides)("%s", (guide) => {
  const text = textOf(guide);

  test("names only files and folders that exist", () => {
    const named = text.match(/(?<![\w./:-])(src|policies|lab|test|docs|examples|bench)\/[\w./*-]+/g) ?? [];
    expect(named.map((name) => name.replace(/\.$/, "")).filter((name) => !exists(name))).toEqual([]);
  });

  test("links only to what exists", () => {
    const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link = ""]) => link);
    const local = links.filter((link) => !link.startsWith("https://")).map((link) => link.replace(/#.*/, ""));
    expect(local.filter((link) => !fs.existsSync(path.join(root, path.dirname(guide), link)))).toEqual([]);
  });
});

test("CONTRIBUTING.md draws only folders that exist, and every folder of src and policies", () => {
  const [, drawing = ""] = /## Where things are[^]*?```\n([^]*?)```/.exec(textOf("CONTRIBUTING.md")) ?? [];
  let folder = "";
  const drawn = drawing.split("\n").flatMap((line) => {
    const [, indent = "", name = ""] = /^( *)(\S+)  /.exec(`${line} `.replace(/^(\S+) /, "$1  ")) ?? [];
    if (name === "") return [];
    if (indent === "") folder = name;
    return [indent === "" ? name : `${folder}/${name}`];
  });
  expect(drawn.filter((name) => !exists(name))).toEqual([]);
  const folders = ["src", "policies"].flatMap((above) =>
    fs
      .readdirSync(path.join(root, above), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${above}/${name}`),
  );
  expect(folders.filter((name) => !drawn.includes(name))).toEqual([]);
});

const helpOf = async (...words: readonly string[]): Promise<string> => {
  let help = "";
  const write = (text: string) => void (help += text);
  await runCommandLine([...words, "--help"], { out: write, err: write, stdin: process.stdin });
  return help;
};

describe("The command line", () => {
  /** Flags by subcommand, as the help lists them. */
  const known = new Map<string, readonly string[]>();
  beforeAll(async () => {
    const [, list = ""] = (await helpOf()).split("Commands:");
    for (const [, name = ""] of list.matchAll(/^ {2}([a-z]+) /gm))
      if (name !== "help")
        known.set(
          name,
          [...(await helpOf(name)).matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag = ""]) => flag),
        );
  });

  /** Each call that a document shows: behind the name of the program, or in backticks of its own. */
  const callsIn = (text: string): readonly string[] => [
    ...[...text.matchAll(/(?:npx |`|^)pulumi-conntrack ([a-z][^`|\n#]*)/gm)].map(([, call = ""]) => call),
    ...[...text.matchAll(/`((?:[a-z]+) --[^`]*)`/g)].map(([, call = ""]) => call),
  ];
  const programs = ["pulumi", "npm", "npx"];

  test.each([...guides, "CHANGELOG.md"])("is called in %s by subcommands and flags that it has", (guide) => {
    const wrong = callsIn(textOf(guide)).filter((call) => {
      const [name = ""] = call.split(" ");
      if (programs.includes(name)) return false;
      const flags = call.match(/(?<= )--[a-z-]+/g) ?? [];
      return !flags.every((flag) => known.get(name)?.includes(flag) === true) || !known.has(name);
    });
    expect(wrong).toEqual([]);
  });

  /** Flags of other programs that documents name alone. */
  const foreign = ["--policy-pack-config", "--sport"];

  test.each([...guides, "CHANGELOG.md"])("has every flag that stands alone in %s", (guide) => {
    const flags = textOf(guide).match(/(?<=`)--[a-z-]+(?=[ `])/g) ?? [];
    const ours = [...known.values()].flat();
    expect(flags.filter((flag) => !ours.includes(flag) && !foreign.includes(flag))).toEqual([]);
  });

  test("has every subcommand in the table of README.md", () => {
    const calls = [...textOf("README.md").matchAll(/^\| `([a-z]+) ?[^`]*` \|/gm)].map(([, name = ""]) => name);
    expect([...known.keys()].filter((name) => !calls.includes(name))).toEqual([]);
  });
});

test("The table of words in docs/host-script.md has each word that the script takes, and no other", () => {
  const [, , arms = ""] = textOf("src/delivery/script/source/words.sh").split("case $word in");
  const taken = [...arms.matchAll(/([A-Za-z_]+\*?)=[^\s|)]*(?=\s*[|)])/g)].map(([, word = ""]) => word);
  const [, table = ""] = /\| word \| meaning \|\n([^]*?)\n\n/.exec(textOf("docs/host-script.md")) ?? [];
  const described = table
    .split("\n")
    .flatMap((row) => row.split("|")[1]?.match(/(?<=`)[^`=]+(?==)/g) ?? [])
    .map((word) => word.replace("...", "*"));
  expect(taken.length).toBeGreaterThan(10);
  expect(described.sort()).toEqual(taken.sort());
});
