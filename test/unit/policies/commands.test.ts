import { asset } from "@pulumi/pulumi";
import { componentType } from "../../../src/fleet/component-type";
import { judgeResources, urnOf, type Registered } from "../../support/policies";

const rule = "forbid-raw-writes";
const write = "sysctl -w net.netfilter.nf_conntrack_max=262144";
const hostCommand = "sudo -n sh -s -- apply token=fleet/prod/web1 module=nf_conntrack max=262144";

/** As the component makes it; the script on standard input writes every setting. */
const ourChild: Registered = {
  type: "command:remote:Command",
  name: "web1-host",
  parent: urnOf(componentType, "web1"),
  props: { create: hostCommand, delete: "sh -s -- restore token=fleet/prod/web1", stdin: write },
};

const judge = async (resource: Registered): Promise<readonly string[]> =>
  (await judgeResources(rule, [resource])).flat();

test("The component's own child may write", async () => {
  expect(await judge(ourChild)).toEqual([]);
});

test("The child of a component below another component may write too", async () => {
  const nested = `conntrack:index:ConntrackFleet$${componentType}`;
  expect(await judge({ ...ourChild, parent: urnOf(nested, "web1") })).toEqual([]);
});

test("The child of a decommissioned host has nothing to create and may stay", async () => {
  expect(await judge({ ...ourChild, props: { stdin: write } })).toEqual([]);
});

test.each<[string, Partial<Registered>]>([
  ["has another name", { name: "web1-extra" }],
  ["has another host's name", { parent: urnOf(componentType, "web2") }],
  ["hangs below another component", { parent: urnOf("other:index:Host", "web1") }],
  ["hangs below nothing", { parent: undefined }],
  ["runs locally", { type: "command:local:Command" }],
  ["runs another command", { props: { create: "sh -s", stdin: write } }],
  ["runs more than the host script", { props: { create: `${hostCommand}; ${write}` } }],
  ["runs something else on updates", { props: { create: hostCommand, update: write } }],
])("A command that looks like the component's child but %s is judged", async (_what, change) => {
  expect(await judge({ ...ourChild, ...change })).not.toEqual([]);
});

test.each(["command:remote:Command", "command:local:Command", "command:local:run"])(
  "A write in %s is a violation, named by setting and means",
  async (type) => {
    const props = type === "command:local:run" ? { command: write } : { create: write };
    expect(await judge({ type, name: "raw", props })).toEqual([
      `${Object.keys(props)[0] ?? ""} writes nf_conntrack_max by a sysctl assignment, behind the back of ConntrackTuning ` +
        "(two writers of one setting overwrite each other at every boot, update and restore). " +
        "Remove it and declare the host as ConntrackTuning, with the numbers in its settings.",
    ]);
  },
);

test.each([
  ["create", { create: write }],
  ["update", { update: write }],
  ["delete", { delete: write }],
  ["stdin", { create: "sh -s", stdin: write }],
  ["environment", { create: "sh -c $SCRIPT", environment: { SCRIPT: write } }],
])("A write is found in %s", async (input, props) => {
  const [message = ""] = await judge({ type: "command:remote:Command", name: "raw", props });
  expect(message).toMatch(new RegExp(`^${input} writes nf_conntrack_max`));
});

test.each([
  ["a variable of the environment", { KEY: "net.netfilter.nf_conntrack_max" }, "sysctl -w $KEY=1"],
  ["one among others", { A: "1 2", B: "nf_conntrack_max" }, "sysctl -w net.netfilter.${B}=$A"],
  ["a variable made of one", { MODULE: "nf_conntrack" }, "K=${MODULE}_max; sysctl -w net.netfilter.$K=1"],
])("A write is found where the name of the setting is %s", async (_what, environment, create) => {
  const resource = { type: "command:remote:Command", name: "raw", props: { create, environment } };
  expect(await judge(resource)).toEqual([expect.stringMatching(/^create writes nf_conntrack_max/)]);
});

const setting = "net.netfilter.nf_conntrack_max = 262144\n";
const kernelFile = "/proc/sys/net/netfilter/nf_conntrack_max";
const copy = (source: unknown, remotePath: string): Registered => ({
  type: "command:remote:CopyToRemote",
  name: "copy",
  props: { source, remotePath },
});
const copyFile = (remotePath: string): Registered => ({
  type: "command:remote:CopyFile",
  name: "copy",
  props: { localPath: "./90.conf", remotePath },
});

test.each<[string, Registered, string]>([
  ["a text", copy(new asset.StringAsset(setting), "/etc/sysctl.d/90.conf"), "source"],
  ["a text as a stack holds it", copy({ text: setting }, "/etc/sysctl.d/90.conf"), "source"],
  [
    "a text in an archive",
    copy(new asset.AssetArchive({ "90.conf": new asset.StringAsset(setting) }), "/etc/sysctl.d"),
    "source",
  ],
  ["a text onto the kernel's file", copy(new asset.StringAsset("262144"), kernelFile), "remotePath"],
  ["a file onto the kernel's file", copy(new asset.FileAsset("./max"), kernelFile), "remotePath"],
  ["a file onto a mount of it", copyFile(`/host${kernelFile}`), "remotePath"],
  ["a file onto the module's parameter", copyFile("/sys/module/nf_conntrack/parameters/hashsize"), "remotePath"],
])("A copy of %s is a violation", async (_what, resource, input) => {
  expect(await judge(resource)).toEqual([
    expect.stringMatching(new RegExp(`^${input} writes (?:nf_conntrack_max|hashsize) by`)),
  ]);
});

test.each<[string, Registered]>([
  ["a file to where settings stand, because its text cannot be seen", copyFile("/etc/sysctl.d/90.conf")],
  ["a file whose own name looks like a write", copy(new asset.FileAsset("./x.nf_conntrack_max=1"), "/opt/x")],
  ["a text about something else", copy(new asset.StringAsset("vm.swappiness = 1"), "/etc/sysctl.d/90.conf")],
  ["a copy of the kernel's file", copyFile("/root/nf_conntrack_max")],
])("The engine lets pass a copy of %s", async (_what, resource) => {
  expect(await judge(resource)).toEqual([]);
});

test.each<Registered>([
  { type: "command:remote:Command", name: "raw", props: { create: "uptime" } },
  { type: "aws:ec2/instance:Instance", name: "vm", props: { userData: write } },
])("Other resources and harmless commands are left alone: $type", async (resource) => {
  expect(await judge(resource)).toEqual([]);
});
