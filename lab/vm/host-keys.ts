/** Host keys of a test machine, made on the build machine so that clients can pin them before the first connection. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "../run-program";
import type { ArchiveEntry } from "./newc";

/**
 * All three kinds, as on a real host; dropbear 2022.83 with ed25519 alone drops Go's SSH clients, among them the
 * official command plugin.
 */
const kinds = ["ed25519", "ecdsa", "rsa"] as const;

export interface HostKeys {
  /** The files /machine/KIND_host_key of the boot archive. */
  readonly entries: ReadonlyMap<string, ArchiveEntry>;
  /** The ed25519 key as a line of authorized_keys or known_hosts has it: `ssh-ed25519 AAAA...`. */
  readonly publicKey: string;
}

/** Makes new host keys in `folder`. */
export const makeHostKeys = async (folder: string): Promise<HostKeys> => {
  const made = await Promise.all(
    kinds.map(async (kind) => {
      const file = join(folder, `${kind}_host_key`);
      const printed = await runProgram("dropbearkey", ["-t", kind, "-f", file]);
      return { kind, content: await readFile(file), publicKey: /^(?:ssh|ecdsa)-\S+ \S+/m.exec(printed)?.[0] ?? "" };
    }),
  );
  return {
    entries: new Map(
      made.map(({ kind, content }) => [`machine/${kind}_host_key`, { kind: "file", mode: 0o600, content }]),
    ),
    publicKey: made.find(({ kind }) => kind === "ed25519")?.publicKey ?? "",
  };
};
