import { run, type RunOptions } from "./run";

/**
 * Runs a program to its end and gives its standard output.
 * @throws Error that shows the command and the end of what it printed
 */
export const runProgram = async (
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> => {
  const { code, stdout, stderr } = await run(program, args, options);
  if (code === 0) return stdout;
  const end = `${stdout}${stderr}`.trim().split("\n").slice(-15).join("\n");
  throw new Error(`${[program, ...args].join(" ")} ended with status ${code}:\n${end}`);
};
