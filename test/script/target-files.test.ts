/** What the script writes is, byte for byte, the text of the target state. */
import { applyCommand, type ApplyRequest } from "../../src/delivery/script/command-line";
import { fileText } from "../../src/target/file-text";
import { ModuleState, targetFiles } from "../../src/target/files";
import { grown, grownEnterprise7, grownLegacy } from "../support/planned-requests";
import { answerOf } from "./script-run";
import { shells, SimulatedHost, type Files, type HostSpec } from "./simulated-host";
import { enterprise7Module, legacyModule, modernModule } from "./simulated-kernels";

/** A 2.6.18 whose modprobe reads a folder, and a 2.4, which has no /sys and one file of another name. */
const without = ({ files, ...spec }: HostSpec, ...names: readonly RegExp[]): HostSpec => ({
  ...spec,
  files: Object.fromEntries(Object.entries(files).filter(([name]) => !names.some((each) => each.test(name)))),
});
const withFiles = (spec: HostSpec, files: Files): HostSpec => ({ ...spec, files: { ...spec.files, ...files } });

interface Way {
  readonly name: string;
  readonly spec: HostSpec;
  readonly request: ApplyRequest;
  /** The configuration of modprobe that this host reads. */
  readonly modprobe: string;
}

const folder = "/etc/modprobe.d/zz-pulumi-conntrack.conf";
const atLoad: ApplyRequest = {
  ...grownLegacy,
  rules: {
    ...grownLegacy.rules,
    tableSize: { ...grownLegacy.rules.tableSize, resizable: false, acceptsHashsize: true },
  },
};
const ways: readonly Way[] = [
  { name: "6.1", spec: modernModule, request: grown, modprobe: folder },
  { name: "3.10", spec: enterprise7Module, request: grownEnterprise7, modprobe: folder },
  { name: "2.6.18 with modprobe.conf", spec: legacyModule, request: grownLegacy, modprobe: "/etc/modprobe.conf" },
  {
    name: "2.6.18 with modprobe.d",
    spec: without(legacyModule, /^etc\/modprobe\.conf/),
    request: grownLegacy,
    modprobe: folder,
  },
  {
    name: "2.4 with modules.conf",
    spec: withFiles(without(legacyModule, /^etc\/modprobe/, /^sys\//), { "etc/modules.conf": "alias eth0 e100\n" }),
    request: atLoad,
    modprobe: "/etc/modules.conf",
  },
];

const isLive = /^(proc\/sys\/net\/(netfilter|ipv4)|proc\/net|sys\/module\/\w+)\//;

/** The same host with its module there in another way. */
const inState = (spec: HostSpec, state: ModuleState, module: string): HostSpec => {
  const modules: Readonly<Record<ModuleState, string>> = {
    module: `${module} 176128 0 - Live 0x0\n`,
    moduleInUse: `${module} 176128 1 xt_state, Live 0x0\n`,
    builtin: "ext4 983040 1 - Live 0x0\n",
    notLoaded: "ext4 983040 1 - Live 0x0\n",
  };
  const { files, readOnly = [] } = state === ModuleState.NotLoaded ? without(spec, isLive) : spec;
  const here: Files = { ...files, "proc/modules": modules[state] };
  // A host with /sys has the folder also while none of our module is in it.
  const folders: Files = Object.keys(spec.files).some((name) => name.startsWith("sys/"))
    ? { "sys/module/ext4/": "" }
    : {};
  return { files: { ...here, ...folders }, readOnly: readOnly.filter((name) => name in here) };
};

const isRead = (path: string, { modprobe }: Way): boolean =>
  !path.startsWith("/etc/mod") || path.startsWith("/etc/modules-load") || path === modprobe;

describe.each(shells)("in %s", (shell) => {
  describe.each(ways)("on $name", (way) => {
    test.each(
      Object.values(ModuleState)
        .flatMap((state) => [[state, false] as const, [state, true] as const])
        // There the module is loaded first, and is no longer in this state when files are written.
        .filter(([state, loadModule]) => state !== ModuleState.NotLoaded || !loadModule),
    )("with the module %s, loadModule %s", (state, loadModule) => {
      const { rules, settings } = way.request;
      const host = new SimulatedHost(inState(way.spec, state, rules.module));
      const before = host.snapshot("etc");
      answerOf(host, applyCommand({ ...way.request, loadModule }), { shell });
      const expected = targetFiles(rules, loadModule)
        .filter(({ path, states }) => states.includes(state) && isRead(path, way))
        .map((file) => {
          const kept = file.part === "block" ? (before[file.path.slice(1)] ?? "") : "";
          return [file.path.slice(1), kept + fileText(file, rules, settings)] as const;
        });
      const found = Object.entries(host.snapshot("etc")).filter(([, text]) => text.includes("# pulumi-conntrack"));
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
      expect(expected.length).toBeGreaterThan(0);
    });
  });
});
