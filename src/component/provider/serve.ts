/**
 * The process `pulumi-resource-conntrack ENGINE_ADDRESS`: prints its port as the first line of standard output and
 * serves until the engine ends it, or is gone itself.
 */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { packageVersion } from "../package-version";
import { createService } from "./service";
import { providerService } from "./wire/definition";

/** What the engine sends at the most; the default of gRPC is 4 MB. */
const largestMessageBytes = 400 * 1024 * 1024;

/** How often it is looked whether the engine is still there. */
const watchMs = 1000;

/**
 * How long an engine that asks us to end may take to hang up. It asks when it has all its answers, and kills after five
 * seconds; where answers were still to come, it has to read them.
 */
const hangUpMs = { nothingUnderWay: 50, answersToCome: 2000 } as const;

/** An engine that was killed leaves its plugins behind; while it lives it holds our standard input open. */
const watchForOrphanhood = (end: () => void): void => {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) end();
  }, watchMs);
  watch.unref();
  process.stdin.on("end", end).on("error", end).resume();
};

/** @param args of the command line: the engine's address and flags of its logging */
export const serve = (args: readonly string[]): void => {
  const engineAddress = args.find((argument) => /^[^-].*:\d+$/.test(argument));
  const { methods, activity } = createService(packageVersion(), engineAddress);
  const server = new Server({ "grpc.max_receive_message_length": largestMessageBytes });
  server.addService(providerService, methods);
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    process.stdout.write(`${port}\n`);
  });
  /** Hosts under way end, no further one is begun, and answers still reach the engine. */
  const end = (): void => {
    activity.cancel();
    let patience: number = hangUpMs.nothingUnderWay;
    activity.whenIdle(() => {
      server.tryShutdown(() => process.exit(0));
      // Does not call back where the engine is hanging up at this moment (@grpc/grpc-js 1.14.7).
      setTimeout(() => process.exit(0), patience);
    });
    patience = hangUpMs.answersToCome;
  };
  process.on("SIGINT", end).on("SIGTERM", end);
  watchForOrphanhood(end);
};
