/** Writer of cpio archives in the "newc" form, which the kernel unpacks as its first root (buffer-format.rst). */

/** What an archive holds, by path without a leading slash. Parent folders come into being by themselves. */
export type ArchiveEntry =
  | { readonly kind: "file"; readonly mode: number; readonly content: Buffer }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "folder"; readonly mode: number };

const typeBits = { file: 0o100000, link: 0o120000, folder: 0o040000 } as const;

const padding = (length: number): Buffer => Buffer.alloc((4 - (length % 4)) % 4);

const hex = (value: number): string => value.toString(16).padStart(8, "0").toUpperCase();

const record = (inode: number, path: string, mode: number, content: Buffer): Buffer => {
  const name = Buffer.from(`${path}\0`);
  const links = 1;
  // inode, mode, uid, gid, links, mtime, size, device (4 numbers), length of the name, checksum (unused in newc)
  const numbers = [inode, mode, 0, 0, links, 0, content.length, 0, 0, 0, 0, name.length, 0];
  const header = Buffer.from(`070701${numbers.map(hex).join("")}`);
  return Buffer.concat([header, name, padding(header.length + name.length), content, padding(content.length)]);
};

/** Parents before children: the kernel makes no folder by itself. */
const withParents = (entries: ReadonlyMap<string, ArchiveEntry>): [string, ArchiveEntry][] => {
  const all = new Map(entries);
  for (const path of entries.keys()) {
    const parts = path.split("/");
    for (let length = 1; length < parts.length; length++) {
      const parent = parts.slice(0, length).join("/");
      if (!all.has(parent)) all.set(parent, { kind: "folder", mode: 0o755 });
    }
  }
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1));
};

/** The archive's bytes; archives can be put one after the other, later files replace earlier ones. */
export const newcArchive = (entries: ReadonlyMap<string, ArchiveEntry>): Buffer => {
  const records = withParents(entries).map(([path, entry], index) => {
    const content = entry.kind === "file" ? entry.content : Buffer.from(entry.kind === "link" ? entry.target : "");
    const permissions = entry.kind === "link" ? 0o777 : entry.mode;
    return record(index + 1, path, typeBits[entry.kind] | permissions, content);
  });
  return Buffer.concat([...records, record(0, "TRAILER!!!", 0, Buffer.alloc(0))]);
};
