/** One remote command: one connection, one session, output captured and shown as asked. */
import type { Client, ClientChannel } from "ssh2";
import type { CommandInputs, Logging } from "./command-inputs";
import { dial } from "./dial";
import type { EngineLog } from "./engine-log";
import { type Exit, goExitError, goQuote } from "./go-text";
import { setVariablesBeforeExec, type Variable } from "./remote-environment";

/** What a command printed, one trailing newline taken off each stream. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

const shown: Readonly<Record<Logging, readonly (keyof Output)[]>> = {
  stdout: ["stdout"],
  stderr: ["stderr"],
  stdoutAndStderr: ["stdout", "stderr"],
  none: [],
};

const refusalAdvice = (name: string): string =>
  `Unable to set '${name}'. This only works if your SSH server is configured to accept\n` +
  "\tthese variables via AcceptEnv. Alternatively, if a Bash-like shell runs the command on the remote host, you could\n" +
  "\tprefix the command itself with the variables in the form 'VAR=value command'";

const variablesFor = (inputs: CommandInputs, previous: Output, log: EngineLog): Variable[] => {
  const wanted = Object.entries(inputs.environment ?? {}).map(([name, value]) => ({
    name,
    value,
    onRefusal: () => {
      log("error", refusalAdvice(name));
      throw new Error(`could not set environment variable ${goQuote(name)}: ssh: setenv failed`);
    },
  }));
  const helpful = Object.entries({ PULUMI_COMMAND_STDOUT: previous.stdout, PULUMI_COMMAND_STDERR: previous.stderr })
    .filter(([, value]) => inputs.addPreviousOutputInEnv && value !== "")
    .map(([name, value]) => ({ name, value, onRefusal: () => log("warning", refusalAdvice(name)) }));
  return [...wanted, ...helpful];
};

const openChannel = (client: Client, command: string, variables: readonly Variable[]): Promise<ClientChannel> =>
  new Promise((resolve, reject) => {
    if (variables.length > 0) {
      setVariablesBeforeExec(client, variables, (error) =>
        reject(error instanceof Error ? error : new Error(String(error))),
      );
    }
    client.once("close", () => reject(new Error("EOF")));
    client.exec(command, (error, channel) => {
      if (error === undefined) resolve(channel);
      else reject(new Error(`ssh: command ${command} failed`));
    });
  });

/** Hands on whole lines as they come, and the rest at the end. */
const lineByLine = (show: (line: string) => void): ((text: string | undefined) => void) => {
  let rest = "";
  return (text) => {
    const lines = `${rest}${text ?? "\n"}`.split("\n");
    rest = lines.pop() ?? "";
    lines.filter((line) => line !== "" || text !== undefined).forEach(show);
  };
};

/**
 * Connects, runs `command` and waits for its end. The connection stays open until this process ends, as the official
 * plugin's does.
 * @throws Error `Process exited with status 3: running "COMMAND":\nOUTPUT`, or what kept the connection from being made
 */
export const runCommand = async (
  inputs: CommandInputs,
  command: string,
  previous: Output,
  log: EngineLog,
): Promise<Output> => {
  const status = (line: string) => log("status", line);
  const client = await dial(inputs.connection, status);
  const channel = await openChannel(client, command, variablesFor(inputs, previous, log));
  const captured = { stdout: "", stderr: "", both: "" };
  const show = lineByLine(status);
  const capture = (name: keyof Output) => (text: string) => {
    captured[name] += text;
    captured.both += text;
    if (shown[inputs.logging ?? "stdoutAndStderr"].includes(name)) show(text);
  };
  channel.setEncoding("utf8").on("data", capture("stdout"));
  channel.stderr.setEncoding("utf8").on("data", capture("stderr"));
  const exit = await new Promise<Exit | undefined>((resolve) => {
    let ended: Exit | undefined;
    channel.on("exit", (code: number | null, signal?: string, _dump?: string, description?: string) => {
      ended = { code, signal: signal?.replace(/^SIG/, ""), description };
    });
    channel.on("error", () => undefined); // followed by close
    channel.on("close", () => resolve(ended));
    channel.end(inputs.stdin ?? "");
  });
  show(undefined);
  const failure = goExitError(exit);
  if (failure !== undefined) throw new Error(`${failure}: running ${goQuote(command)}:\n${captured.both}`);
  return { stdout: captured.stdout.replace(/\n$/, ""), stderr: captured.stderr.replace(/\n$/, "") };
};
