/**
 * What the subcommands share: one request as flags or many as JSON lines, an answer as a table or as JSON, mistakes as
 * data, and the exit codes of the contract.
 */
import { createInterface } from "node:readline";
import type { Command } from "commander";
import { printable } from "../text/printable";
import { ProblemsError, type Problem } from "../validation/problems";

/** The exit codes that scripts may rely on. */
export const ExitCode = {
  Good: 0,
  /** A verdict or check failed. */
  Failed: 1,
  /** Wrong use: flags, requests or files that cannot be used. */
  WrongUse: 2,
  /** A host could not be reached, or an error of our own. */
  Internal: 3,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Where a command writes, so that tests can listen. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly stdin: NodeJS.ReadableStream;
  /** True where a person watches. */
  readonly isInteractive?: boolean;
  /** Width of the terminal in characters. */
  readonly columns?: number;
  /** Calls `act` at the first Ctrl-C instead of ending the program; the second one ends it. */
  readonly onInterrupt?: (act: () => void) => void;
  /** Asks a person before the terminal; absent where standard input is none. */
  readonly confirm?: (question: string) => Promise<boolean>;
}

/** A pure subcommand: a request in, an answer out. */
export interface RequestSubcommand<Options, Answer> {
  /** Adds description, flags and examples to the command. */
  readonly describe: (command: Command) => Command;
  /** The request of the contract from the parsed flags. */
  readonly requestOf: (options: Options) => unknown;
  /** @throws ProblemsError */
  readonly answer: (request: unknown) => Answer;
  /** The answer for people. */
  readonly render: (answer: Answer) => string;
  /** Exit code of a single request; good where this is left out. */
  readonly exitCode?: (answer: Answer) => ExitCode;
  /** Exit code of a single request that got no answer; wrong use where this is left out. */
  readonly exitCodeOfProblems?: (problems: readonly Problem[]) => ExitCode;
  /** What else the command does, where a file may follow its name. */
  readonly ofFile?: {
    readonly name: string;
    readonly description: string;
    readonly run: (file: string, options: Options, command: Command, terminal: Terminal) => Promise<ExitCode>;
    /** What is wrong with flags where no file is named. */
    readonly problemsWithoutFile: (command: Command) => readonly Problem[];
  };
}

const errorJson = (error: ProblemsError): string => JSON.stringify(error.toJSON());

const notJson = (line: string): ProblemsError =>
  new ProblemsError("This line cannot be read.", [
    {
      path: "request",
      value: line.slice(0, 80),
      limit: "is no JSON",
      source: "RFC 8259",
      remedy: "Write one JSON object on each line.",
    },
  ]);

const parseLine = (line: string): unknown => {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    throw notJson(line);
  }
};

const answerLine = (answer: (request: unknown) => unknown, line: string): string => {
  try {
    return JSON.stringify(answer(parseLine(line)));
  } catch (error) {
    if (error instanceof ProblemsError) return errorJson(error);
    throw error;
  }
};

/** Answers one JSON object per line of standard input, in order; a bad line gets an error line. */
export const runBatch = async (answer: (request: unknown) => unknown, terminal: Terminal): Promise<ExitCode> => {
  for await (const line of createInterface({ input: terminal.stdin, crlfDelay: Infinity }))
    if (line.trim() !== "") terminal.out(`${answerLine(answer, line)}\n`);
  return ExitCode.Good;
};

/** Shows mistakes in the form that was asked for; the exit code is that of wrong use. */
export const reportProblems = (error: ProblemsError, json: boolean, terminal: Terminal): ExitCode => {
  if (json) terminal.out(`${errorJson(error)}\n`);
  else terminal.err(`${printable(error.message)}\n`);
  return ExitCode.WrongUse;
};

/** A flag's number; anything else is passed on as text, so that the request's own check names it. */
export const numberFlag = (text: string): number | string => {
  const value = Number(text);
  return text.trim() === "" || Number.isNaN(value) ? text : value;
};

/** Registers a pure subcommand with `--json` and `--batch`; `exit` gets its code. */
export const addRequestSubcommand = <Options extends object, Answer>(
  parent: Command,
  name: string,
  subcommand: RequestSubcommand<Options, Answer>,
  terminal: Terminal,
  exit: (code: ExitCode) => void,
): void => {
  const command = subcommand
    .describe(parent.command(name))
    .option("--json", "print JSON instead of a table")
    .option(
      "--batch",
      "answer many requests: one JSON object per line on standard input, one JSON line each, in order",
    );
  const { ofFile } = subcommand;
  if (ofFile !== undefined) command.argument(`[${ofFile.name}]`, ofFile.description);
  const answerFlags = async (options: Options & { json?: boolean; batch?: boolean }): Promise<void> => {
    if (options.batch === true) {
      exit(await runBatch(subcommand.answer, terminal));
      return;
    }
    const json = options.json ?? false;
    try {
      const misplaced = ofFile?.problemsWithoutFile(command) ?? [];
      if (misplaced.length > 0) throw new ProblemsError("This request cannot be answered.", misplaced);
      const answer = subcommand.answer(subcommand.requestOf(options));
      terminal.out(json ? `${JSON.stringify(answer)}\n` : subcommand.render(answer));
      exit(subcommand.exitCode?.(answer) ?? ExitCode.Good);
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      const wrongUse = reportProblems(withFlagNames(error, command), json, terminal);
      exit(subcommand.exitCodeOfProblems?.(error.problems) ?? wrongUse);
    }
  };
  if (ofFile === undefined) command.action(answerFlags);
  else
    command.action(async (file: string | undefined, options: Options) => {
      if (file === undefined) await answerFlags(options);
      else exit(await ofFile.run(file, options, command, terminal));
    });
};

/** Names the flag beside the path of a mistake, because the person wrote flags. */
const withFlagNames = (error: ProblemsError, command: Command): ProblemsError => {
  const flagOf = ({ path }: Problem): string | undefined => {
    const last = path.split(".").at(-1);
    return command.options.find((option) => option.attributeName().toLowerCase() === last?.toLowerCase())?.long;
  };
  return new ProblemsError(
    error.summary,
    error.problems.map((problem) => {
      const flag = flagOf(problem);
      return flag === undefined ? problem : { ...problem, path: flag };
    }),
  );
};
