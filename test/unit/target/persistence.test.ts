/** Which file carries which setting: sysctl.d(5), modprobe.d(5), modprobe.conf(5) of module-init-tools. */
import { kernelRules } from "../../../src/kernel/kernel-rules";
import { ModuleState, targetFiles } from "../../../src/target/files";
import { carries, filePlaces } from "../../../src/target/persistence";

const placesOf = (kernel: string, state: ModuleState) => {
  const rules = kernelRules({ kernel, arch: "x86_64" });
  return filePlaces(targetFiles(rules, false), state).map((place) => ({
    paths: place.map(({ path }) => path),
    keys: ["max", "buckets", "nf_conntrack_udp_timeout"].filter((key) => carries(place, key, rules)),
  }));
};

test("where buckets are a sysctl, sysctl.d carries all settings and the module's options the buckets", () => {
  expect(placesOf("6.1.0-50-amd64", ModuleState.ModuleInUse).filter(({ keys }) => keys.length > 0)).toEqual([
    { paths: ["/etc/sysctl.d/zz-pulumi-conntrack.conf"], keys: ["max", "buckets", "nf_conntrack_udp_timeout"] },
    { paths: ["/etc/modprobe.d/zz-pulumi-conntrack.conf"], keys: ["buckets"] },
  ]);
});

test("a module that nothing needs is not loaded early", () => {
  expect(placesOf("6.1.0-50-amd64", ModuleState.Module).flatMap(({ paths }) => paths)).not.toContain(
    "/etc/modules-load.d/zz-pulumi-conntrack.conf",
  );
});

test("on older kernels one file of modprobe carries all settings", () => {
  expect(placesOf("3.10.0-1160.el7.x86_64", ModuleState.Module)).toEqual([
    { paths: ["/etc/modprobe.d/zz-pulumi-conntrack.conf"], keys: ["max", "buckets", "nf_conntrack_udp_timeout"] },
  ]);
});

test("of the ways of old module tools a host has one", () => {
  expect(placesOf("2.6.18-398.el5", ModuleState.Module).map(({ paths }) => paths)).toEqual([
    ["/etc/modprobe.d/zz-pulumi-conntrack.conf", "/etc/modprobe.conf", "/etc/modules.conf"],
  ]);
});
