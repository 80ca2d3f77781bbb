/**
 * Stand-in for the official command plugin, for machines that cannot download it: a Pulumi resource plugin that runs
 * commands over real SSH. The engine starts it as `pulumi-resource-command ENGINE_ADDRESS`, reads the port from the
 * first line of standard output, and ends it with SIGINT.
 */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { connectLog } from "./engine-log";
import { commandProvider } from "./provider";

/** Pulumi sends resources of up to 400 MB; the default of gRPC is 4 MB. */
const largestMessageBytes = 400 * 1024 * 1024;

const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
if (engineAddress === undefined) {
  process.stderr.write("usage: pulumi-resource-command ENGINE_ADDRESS (it is started by pulumi)\n");
  process.exit(2);
}
const server = new Server({ "grpc.max_receive_message_length": largestMessageBytes });
server.addService(ResourceProviderService, commandProvider(connectLog(engineAddress)));
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`${port}\n`);
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(0));
