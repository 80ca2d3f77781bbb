import { Command, CommanderError } from "commander";
import { addAuditSubcommand } from "./audit/audit";
import { defaultsSubcommand } from "./defaults";
import { addFactsSubcommand } from "./facts";
import { addCheckSubcommand } from "./fleet/check";
import { addRolloutSubcommand } from "./fleet/rollout";
import { addStatusSubcommand } from "./fleet/status";
import { planSubcommand } from "./plan";
import { addPluginSubcommand } from "./plugin";
import { addRestoreSubcommand } from "./restore";
import { addSimulateSubcommand } from "./simulate";
import { addScriptSubcommand } from "./script";
import { addRequestSubcommand, ExitCode, type Terminal } from "./subcommand";
import { timeoutsSubcommand } from "./timeouts";

/**
 * Runs `pulumi-conntrack` with the given words.
 * @returns the exit code: 0 good, 1 a verdict or check failed, 2 wrong use, 3 a host unreachable or an internal error
 */
export const runCommandLine = async (words: readonly string[], terminal: Terminal): Promise<ExitCode> => {
  let code: ExitCode = ExitCode.Good;
  const exit = (given: ExitCode): void => {
    code = given;
  };
  const program = new Command("pulumi-conntrack")
    .description("Size, prove, apply and police netfilter connection tracking")
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .exitOverride()
    .showHelpAfterError("(--help shows the flags)")
    .addHelpText(
      "after",
      "\nExit codes: 0 good, 1 a verdict or check failed, 2 wrong use, 3 host unreachable or internal error.",
    );
  addRequestSubcommand(program, "defaults", defaultsSubcommand, terminal, exit);
  addRequestSubcommand(program, "timeouts", timeoutsSubcommand, terminal, exit);
  addRequestSubcommand(program, "plan", planSubcommand, terminal, exit);
  addSimulateSubcommand(program, terminal, exit);
  addScriptSubcommand(program, terminal, exit);
  addFactsSubcommand(program, terminal, exit);
  addCheckSubcommand(program, terminal, exit);
  addRolloutSubcommand(program, terminal, exit);
  addStatusSubcommand(program, terminal, exit);
  addRestoreSubcommand(program, terminal, exit);
  addAuditSubcommand(program, terminal, exit);
  addPluginSubcommand(program, terminal, exit);
  try {
    await program.parseAsync([...words], { from: "user" });
    return code;
  } catch (error) {
    // Help and version end by such an error too; their exit code is 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.Good : ExitCode.WrongUse;
    terminal.err(`Internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return ExitCode.Internal;
  }
};
