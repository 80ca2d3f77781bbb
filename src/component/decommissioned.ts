import * as pulumi from "@pulumi/pulumi";

/** Everything of the remote command that would make an update dial. */
const untouched = ["connection", "create", "delete", "stdin", "addPreviousOutputInEnv", "logging"];

/**
 * Options for a decommissioned host: its command keeps whatever the state holds, so no update dials it; it has
 * nothing to create where the state holds nothing; and removing it from the program deletes it without dialling.
 */
export const decommissionedOptions: pulumi.ComponentResourceOptions = {
  retainOnDelete: true,
  transformations: [
    ({ type, props, opts }) =>
      type === "command:remote:Command"
        ? {
            props: { ...(props as object), create: undefined },
            opts: pulumi.mergeOptions(opts, { ignoreChanges: untouched }),
          }
        : undefined,
  ],
};
