/** A reboot of a simulated host: the module comes back with its defaults, and the files under /etc set what they can. */
import type { SimulatedHost } from "./simulated-host";

const valueOf = (text: string | undefined, key: string): number | undefined => {
  const found = new RegExp(`(?:^|[ .])${key}=(\\d+)(?:\\s|$)`, "m").exec(text ?? "")?.[1];
  return found === undefined ? undefined : Number(found);
};

/** `ip_conntrack` and `nf_conntrack` name max and buckets with their own prefix in sysctl. */
const sysctlNames = (key: string): readonly string[] =>
  key === "max" || key === "buckets" ? [`nf_conntrack_${key}`, `ip_conntrack_${key}`] : [key];

/** Values after a boot: the kernel's own unless a file of ours sets another. */
const valuesAtBoot = (host: SimulatedHost, keys: readonly string[]): Record<string, number> => {
  const { files, loadable = files } = host.spec;
  const modprobe = [host.read("etc/modprobe.d/zz-pulumi-conntrack.conf"), host.read("etc/modprobe.conf")].join("\n");
  const module = String(loadable["proc/modules"] ?? "").includes("conntrack");
  // A rule set loads the module after the early sysctl run, unless modules-load.d names it; then only the udev rule or
  // modprobe's own install line sets the sysctls.
  const early = !module || host.read("etc/modules-load.d/zz-pulumi-conntrack.conf") !== undefined;
  const atLoad = host.read("etc/udev/rules.d/zz-pulumi-conntrack.rules") !== undefined;
  const sysctl = early || atLoad ? host.read("etc/sysctl.d/zz-pulumi-conntrack.conf") : undefined;
  const install = /^ *install .*$/m.exec(modprobe)?.[0];
  const hashsize = module ? valueOf(modprobe, "hashsize") : undefined;
  return Object.fromEntries(
    keys.map((key) => {
      const loaded = hashsize === undefined ? undefined : { buckets: hashsize, max: 8 * hashsize }[key];
      const set = sysctlNames(key).map((name) => valueOf(install, name) ?? valueOf(sysctl, name));
      return [key, set.find((value) => value !== undefined) ?? loaded ?? Number(loadable[host.livePath(key)])];
    }),
  );
};

/** Boots the host and answers its live values; none where nothing loads the module. */
export const reboot = (host: SimulatedHost, keys: readonly string[]): Record<string, number> => {
  const { loadable } = host.spec;
  host.write({ "proc/sys/kernel/random/boot_id": "99999999-8888-7777-6666-555555555555\n" });
  if (loadable !== undefined) {
    host.unloadModule();
    if (host.read("etc/modules-load.d/zz-pulumi-conntrack.conf") === undefined) return {};
    host.write(loadable);
  }
  const values = valuesAtBoot(host, keys);
  for (const [key, value] of Object.entries(values)) host.write({ [host.livePath(key)]: value });
  return values;
};
