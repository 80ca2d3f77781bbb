import type { Command } from "commander";
import { hostScript, scriptIdentity } from "../delivery/script/script";
import { ExitCode, type Terminal } from "./subcommand";

/** `script`: the text that runs on hosts, as it ships, for whoever has to approve it. */
export const addScriptSubcommand = (parent: Command, terminal: Terminal, exit: (code: ExitCode) => void): void => {
  parent
    .command("script")
    .description("The script that runs on hosts as root, as it ships: the same text for every host")
    .option("--json", "print JSON: version, sha256, bytes, text")
    .addHelpText(
      "after",
      "\nIts version and SHA-256 stand in each command line, in the journal on the host and in each answer, so that one\n" +
        "approval covers one text: pulumi-conntrack script | sha256sum",
    )
    .action(({ json = false }: { json?: boolean }) => {
      const about = { ...scriptIdentity, bytes: Buffer.byteLength(hostScript), text: hostScript };
      terminal.out(json ? `${JSON.stringify(about)}\n` : hostScript);
      exit(ExitCode.Good);
    });
};
