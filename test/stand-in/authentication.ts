/** What a connection can prove itself with, and in which order it tries. */
import net from "node:net";
import { type AnyAuthMethod, type AuthenticationType, type NextAuthHandler, type ParsedKey, utils } from "ssh2";
import type { Connection } from "./command-inputs";
import { goDialError } from "./go-text";

const parsePrivateKey = (privateKey: string, passphrase: string | undefined): ParsedKey => {
  const key = utils.parseKey(privateKey, passphrase);
  if (!(key instanceof Error)) return key;
  if (/no passphrase/i.test(key.message)) throw new Error("ssh: this private key is passphrase protected");
  if (passphrase !== undefined && /integrity|bad passphrase/i.test(key.message)) {
    throw new Error("x509: decryption password incorrect");
  }
  throw new Error("ssh: no key found");
};

/** Fails where nobody listens on the agent's socket, before any dialling, as the official plugin does. */
const probeAgent = (socketPath: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = net.connect(socketPath, () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", (error) => reject(goDialError("unix", socketPath, error)));
  });

/** Answers the SSH client's question what to try next, and remembers what was tried. */
export interface Authentication {
  readonly attempted: readonly string[];
  readonly next: (left: AuthenticationType[] | null, partial: boolean | null, next: NextAuthHandler) => void;
}

/**
 * The methods of a connection in order: key, password, the password for every question of keyboard-interactive, agent.
 * Each method is tried once and only where the server offers it; a key and an agent are the same method.
 * @throws Error for a key that cannot be read and for an agent that is not there; these are not worth a retry
 */
export const prepareAuthentication = async (connection: Omit<Connection, "proxy">): Promise<() => Authentication> => {
  const { user: username, password, privateKey, privateKeyPassword } = connection;
  const methods: { readonly name: AuthenticationType; readonly method: AnyAuthMethod }[] = [];
  if (privateKey !== undefined) {
    const key = parsePrivateKey(privateKey, privateKeyPassword);
    methods.push({ name: "publickey", method: { type: "publickey", username, key } });
  }
  if (password !== undefined) {
    methods.push({ name: "password", method: { type: "password", username, password } });
    const prompt = (_name: string, _text: string, _lang: string, questions: unknown[], finish: (a: string[]) => void) =>
      finish(questions.map(() => password));
    methods.push({ name: "keyboard-interactive", method: { type: "keyboard-interactive", username, prompt } });
  }
  const agent = connection.agentSocketPath ?? (process.env.SSH_AUTH_SOCK || undefined);
  if (agent !== undefined) {
    await probeAgent(agent);
    methods.push({ name: "publickey", method: { type: "agent", username, agent } });
  }
  return () => {
    const attempted: string[] = [];
    const next: Authentication["next"] = (left, _partial, answer) => {
      // The first question comes before the server has said what it offers.
      const chosen =
        left === null ? undefined : methods.find(({ name }) => left.includes(name) && !attempted.includes(name));
      attempted.push(left === null ? "none" : (chosen?.name ?? ""));
      if (left === null) answer("none");
      else if (chosen !== undefined) answer(chosen.method);
      else giveUp(answer, attempted);
    };
    return { attempted, next };
  };
};

const giveUp = (answer: NextAuthHandler, attempted: string[]): void => {
  attempted.pop();
  // ssh2 takes false as "nothing left"; its types do not say so.
  (answer as unknown as (nothingLeft: false) => void)(false);
};
