/** Looks at one host over SSH, read-only, in one connection: its facts and the key that it presents. */
import { createHash } from "node:crypto";
import { Client, utils, type ConnectConfig } from "ssh2";
import { defaultPort, defaultUser } from "./address";
import { factsCommand } from "../script/command-line";
import { parseFacts } from "../answer/parse";
import type { HostReport } from "../answer/read-back";
import { inspectScript } from "../script/script";

export interface ProbeTarget {
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  /** Content of a private key. */
  readonly privateKey?: string;
  readonly privateKeyPassphrase?: string;
  /** Socket of an SSH agent. */
  readonly agentSocketPath?: string;
  readonly sudo?: boolean;
  /** The key that the host must present, as an authorized_keys line; any is accepted and reported where it is unknown. */
  readonly hostKey?: string;
  readonly timeoutSeconds?: number;
}

export interface ProbeResult {
  readonly report: HostReport;
  /** The key that the host presented, as an authorized_keys line. */
  readonly hostKey: string;
  /** Its fingerprint as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

const defaultTimeoutSeconds = 20;

/** Greatest answer that is read; the script's own is below 64 KiB. */
const outputLimitBytes = 1 << 20;

const fingerprintOf = (key: Buffer): string =>
  `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;

const keyLine = (key: Buffer): string => {
  const parsed = utils.parseKey(key);
  const type = parsed instanceof Error ? "unknown" : parsed.type;
  return `${type} ${key.toString("base64")}`;
};

/** What went wrong in the host's own words, with the way out where they name none. */
const withRemedy = (message: string): string =>
  /^sudo: .*password is required/m.test(message)
    ? `${message}: let the user run sudo without one (NOPASSWD in sudoers), or log in as root`
    : message;

/**
 * Runs the host script's `facts` on a host.
 * @throws Error with a plain message where the host cannot be reached, presents another key, or fails
 */
export const probeHost = (target: ProbeTarget): Promise<ProbeResult> =>
  new Promise((resolve, reject) => {
    const client = new Client();
    let presented: Buffer | undefined;
    const seconds = target.timeoutSeconds ?? defaultTimeoutSeconds;
    const fail = (reason: string): void => {
      clearTimeout(limit);
      client.end();
      reject(new Error(reason));
    };
    const limit = setTimeout(() => {
      fail(`no answer within ${seconds} s`);
    }, seconds * 1000);
    const expected = target.hostKey?.trim().split(/\s+/)[1];
    const config: ConnectConfig = {
      host: target.host,
      port: target.port ?? defaultPort,
      username: target.user ?? defaultUser,
      privateKey: target.privateKey,
      passphrase: target.privateKeyPassphrase,
      agent: target.agentSocketPath,
      readyTimeout: seconds * 1000,
      hostVerifier: (key: Buffer) => {
        presented = key;
        return expected === undefined || key.toString("base64") === expected;
      },
    };
    client.on("error", (error) => {
      const differs = presented !== undefined && expected !== undefined && presented.toString("base64") !== expected;
      fail(
        differs
          ? `presents another host key than the known one: ${fingerprintOf(presented ?? Buffer.of())}`
          : error.message,
      );
    });
    client.on("ready", () => {
      client.exec(factsCommand({ sudo: target.sudo ?? false }), (error, channel) => {
        if (error !== undefined) {
          fail(error.message);
          return;
        }
        const output: Buffer[] = [];
        const errors: Buffer[] = [];
        const keep = (chunks: Buffer[]) => (chunk: Buffer) => {
          if (chunks.reduce((sum, { length }) => sum + length, 0) < outputLimitBytes) chunks.push(chunk);
        };
        channel.on("data", keep(output));
        channel.stderr.on("data", keep(errors));
        channel.on("close", (code: number | null) => {
          if (code !== 0 || presented === undefined) {
            fail(withRemedy(Buffer.concat(errors).toString().trim()) || `the command ended with ${String(code)}`);
            return;
          }
          clearTimeout(limit);
          client.end();
          try {
            const report = parseFacts(Buffer.concat(output).toString());
            resolve({ report, hostKey: keyLine(presented), fingerprint: fingerprintOf(presented) });
          } catch (unreadable) {
            reject(unreadable instanceof Error ? unreadable : new Error(String(unreadable)));
          }
        });
        channel.end(inspectScript);
      });
    });
    try {
      client.connect(config);
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error));
    }
  });
