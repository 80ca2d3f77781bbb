/** With what a login proves itself, and in which order: key, agent, password. */
import type { AnyAuthMethod, AuthenticationType, NextAuthHandler } from "ssh2";
import type { SshEndpoint } from "./endpoint";
import { sshFailure, type SshFailure } from "./failure";
import { readPrivateKey } from "./private-key";

interface Method {
  readonly name: AuthenticationType;
  readonly method: AnyAuthMethod;
}

/** The login of one connection. */
export interface Login {
  readonly handler: (accepted: AuthenticationType[] | null, partial: boolean | null, next: NextAuthHandler) => void;
  /** Names of the methods that were tried so far. */
  readonly tried: () => readonly string[];
}

/** Starts a login; `nothingLeft` is called when the server has refused everything. */
export type StartLogin = (nothingLeft: () => void) => Login;

/** Prepares logins; a key that cannot be read is a failure before anything is dialled. */
export const prepareLogin = ({
  user: username,
  credentials,
}: SshEndpoint): { readonly ok: true; readonly start: StartLogin } | SshFailure => {
  const { privateKey, privateKeyPassphrase, password, agentSocketPath } = credentials;
  const methods: Method[] = [];
  if (privateKey !== undefined) {
    const key = readPrivateKey(privateKey, privateKeyPassphrase);
    if (key instanceof Error)
      return sshFailure("credentials", "dial", `the private key cannot be used: ${key.message}`);
    methods.push({ name: "publickey", method: { type: "publickey", username, key } });
  }
  if (agentSocketPath !== undefined)
    methods.push({ name: "publickey", method: { type: "agent", username, agent: agentSocketPath } });
  if (password !== undefined) {
    methods.push({ name: "password", method: { type: "password", username, password } });
    const answerAll = (
      _name: string,
      _text: string,
      _language: string,
      questions: unknown[],
      answer: (a: string[]) => void,
    ) => answer(questions.map(() => password));
    methods.push({
      name: "keyboard-interactive",
      method: { type: "keyboard-interactive", username, prompt: answerAll },
    });
  }
  // Without anything to show, the server still says what it would take.
  if (methods.length === 0) methods.push({ name: "none", method: { type: "none", username } });
  return {
    ok: true,
    start: (nothingLeft) => {
      const waiting = [...methods];
      const tried: string[] = [];
      return {
        tried: () => tried,
        handler: (accepted, _partial, next) => {
          const index = waiting.findIndex(({ name }) => accepted === null || accepted.includes(name));
          const [chosen] = index < 0 ? [] : waiting.splice(index, 1);
          if (chosen === undefined) {
            nothingLeft();
            return;
          }
          tried.push(chosen.method.type);
          next(chosen.method);
        },
      };
    },
  };
};
