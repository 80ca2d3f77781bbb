/**
 * The process `pulumi-resource-conntrack ENGINE_ADDRESS`: prints its port as the first line of standard output and
 * serves until the engine ends it, or is gone itself.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { createService } from "./service";

/** What the engine sends at the most; the default of gRPC is 4 MB. */
const largestMessageBytes = 400 * 1024 * 1024;

/** How often it is looked whether the engine is still there. */
const watchMs = 1000;

/**
 * How long an engine that asks us to end may take to hang up. It asks when it has all its answers, and kills after five
 * seconds; where answers were still to come, it has to read them.
 */
const hangUpMs = { nothingUnderWay: 50, answersToCome: 2000 } as const;

/** This file is dist/src/component/provider/serve.js of the package. */
const packageFile = join(__dirname, "../../../../package.json");

const versionOf = (text: string): string => {
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
};

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
  const { methods, activity } = createService(versionOf(readFileSync(packageFile, "utf8")), engineAddress);
  const server = new Server({ "grpc.max_receive_message_length": largestMessageBytes });
  server.addService(ResourceProviderService, methods);
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
