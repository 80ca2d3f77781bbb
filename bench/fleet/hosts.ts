/** Hosts to measure with. All of them are addresses of 127/8, behind one port, one host key and one login. */
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { run } from "../../lab/run";
import { startOpenSsh } from "../../test/support/openssh";
import { modernModule } from "../../test/script/simulated-kernels";

export const hostKinds = ["at once", "script"] as const;
/** `at once`: an SSH server that costs little and remembers what it is told. `script`: sshd, and the real host script. */
export type HostKind = (typeof hostKinds)[number];

export interface BenchHosts {
  readonly port: number;
  readonly user: string;
  /** A line of authorized_keys. */
  readonly hostKey: string;
  /** In OpenSSH form. */
  readonly clientKey: string;
  readonly addresses: readonly string[];
  /** Logins since the last call. */
  readonly contacts: () => Promise<number>;
  /** Changes the max of a host behind everybody's back. */
  readonly drift: (address: string) => Promise<void>;
  /** As nobody has ever tuned them. */
  readonly reset: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What both kinds of hosts are made of. */
export const hostFacts = { memoryMiB: 8192, arch: "x86_64", kernel: "6.1.0-50-amd64" } as const;

const driftedMax = 65536;

const addressesOf = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `127.1.${(index + 1) >> 8}.${(index + 1) & 255}`);

interface Started {
  readonly port: number;
  readonly hostKey: string;
  readonly clientKey: string;
}

/** @param program the built bench/native/hosts */
const startAtOnce = async (program: string, count: number): Promise<BenchHosts> => {
  const server = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value)) as unknown;
  const ask = (question: string): Promise<unknown> => {
    server.stdin.write(`${question}\n`);
    return nextLine();
  };
  const started = (await nextLine()) as Started;
  return {
    ...started,
    user: "root",
    addresses: addressesOf(count),
    contacts: async () => ((await ask("count")) as { readonly connections: number }).connections,
    drift: async (address) => {
      await ask(`drift ${address} max ${driftedMax}`);
    },
    reset: async () => {
      await ask("reset");
    },
    close: () =>
      new Promise((resolve) => {
        server.once("close", () => resolve());
        server.stdin.end();
      }),
  };
};

/** The root of a host below `folder`, from which every address gets a copy. */
const writeTemplate = (folder: string): void => {
  for (const [name, content] of Object.entries(modernModule.files)) {
    const file = path.join(folder, name);
    fs.mkdirSync(name.endsWith("/") ? file : path.dirname(file), { recursive: true });
    if (!name.endsWith("/")) fs.writeFileSync(file, typeof content === "number" ? `${content}\n` : content);
  }
  const parameter = path.join(folder, "sys/module/nf_conntrack/parameters/hashsize");
  fs.linkSync(parameter, path.join(folder, "proc/sys/net/netfilter/nf_conntrack_buckets"));
};

/** Runs each command on the host of its address; nothing of this machine is loaded or written. */
const forcedCommand = (roots: string, tools: string): string => `#!/bin/sh
set -- $SSH_CONNECTION
export CONNTRACK_ROOT=${roots}/$3 PATH=${tools}:/usr/sbin:/usr/bin:/sbin:/bin
exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"
`;

const makeRoots = `rm -rf "$2"; mkdir "$2"; while read -r address; do cp -a "$1" "$2/$address"; done < "$3"`;

const startWithScript = async (count: number): Promise<BenchHosts> => {
  const addresses = addressesOf(count);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "bench-hosts-"));
  const [template, roots, tools] = ["template", "roots", "tools"].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeTemplate(template);
  fs.mkdirSync(tools);
  fs.writeFileSync(path.join(tools, "modprobe"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const forced = path.join(folder, "forced-command");
  fs.writeFileSync(forced, forcedCommand(roots, tools), { mode: 0o755 });
  const list = path.join(folder, "addresses");
  fs.writeFileSync(list, `${addresses.join("\n")}\n`);
  const reset = async (): Promise<void> => {
    const { code, stderr } = await run("sh", ["-c", makeRoots, "sh", template, roots, list]);
    if (code !== 0) throw new Error(`the hosts cannot be made: ${stderr}`);
  };
  await reset();
  const server = await startOpenSsh({
    settings: { ListenAddress: "0.0.0.0", ForceCommand: forced, MaxStartups: "2000", LogLevel: "INFO" },
  });
  let counted = 0;
  return {
    ...{ port: server.port, user: server.user, clientKey: server.clientKey, addresses, reset },
    hostKey: server.hostKeys.ed25519 ?? "",
    contacts: () => {
      const before = counted;
      counted = server.log().split("Accepted publickey").length - 1;
      return Promise.resolve(counted - before);
    },
    drift: (address) => {
      fs.writeFileSync(path.join(roots, address, "proc/sys/net/netfilter/nf_conntrack_max"), `${driftedMax}\n`);
      return Promise.resolve();
    },
    close: async () => {
      await server.close();
      fs.rmSync(folder, { recursive: true });
    },
  };
};

export const startHosts = (kind: HostKind, count: number, program: string): Promise<BenchHosts> =>
  kind === "at once" ? startAtOnce(program, count) : startWithScript(count);
