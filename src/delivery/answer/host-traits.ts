/**
 * What loads connection tracking on a host and who else writes its settings, read from what the script finds: modules
 * that use ours, names of processes, lines of the firewall's service, and files below /etc with matching lines.
 */
import { posix } from "node:path";
import { fileName } from "../../target/files";
import { warning, type HostWarning } from "./warnings";

/** The findings, sorted into the two questions that a person has, and what follows from them. */
export interface HostTraits {
  /** `module:nft_ct`, `process:dockerd`, `file:/etc/nftables.conf`. */
  readonly loadedBy: readonly string[];
  /** Paths of files in the order in which a boot reads them, then `process:tuned`. */
  readonly competingWriters: readonly string[];
  /** Writers that win over ours, and a firewall that unloads the module. */
  readonly warnings: readonly HostWarning[];
}

interface Finding {
  readonly loadedBy?: readonly string[];
  readonly competingWriters?: readonly string[];
  readonly warnings?: readonly HostWarning[];
}

/** kube-proxy runs inside these; its arguments cannot be seen there, so apply cannot refuse as it does for kube-proxy. */
const kubeProxyInside = /^(k3s.*|kubelite)$/;

const processOf = (name: string): Finding => {
  const process = `process:${name}`;
  if (name === "tuned") return { competingWriters: [process], warnings: [warning("also-set-by-tuned")] };
  if (name === "kube-proxy") return { loadedBy: [process], competingWriters: [process] };
  return kubeProxyInside.test(name)
    ? { loadedBy: [process], competingWriters: [process], warnings: [warning("also-set-by-kube-proxy", name)] }
    : { loadedBy: [process] };
};

/** The configuration of the iptables service of Red Hat; quotes and blanks come as `?`. */
const firewallService = "/etc/sysconfig/iptables-config";
const firewallLine = /^IP6?TABLES_(MODULES_UNLOAD|SYSCTL_LOAD_LIST)=(.*)$/;

const firewallOf = (setting: string, value: string): Finding => {
  if (setting === "MODULES_UNLOAD") return /yes/i.test(value) ? { warnings: [warning("unloaded-by-firewall")] } : {};
  return value.includes("conntrack") ? { competingWriters: [firewallService] } : {};
};

/** Our own files, in whatever folder. */
const ownFile = new RegExp(String.raw`/${fileName}\.(conf|rules)$`);

/**
 * Files that hold settings, in the order in which they act: parameters when the module is loaded, sysctl.d by name
 * whatever its folder, then what old boot scripts, ufw and rc.local apply at the end.
 * Source: modprobe.d(5), sysctl.d(5), sysctl(8) on --system, ufw-framework(8).
 */
const settingFiles: readonly { readonly pattern: RegExp; readonly last: boolean }[] = [
  { pattern: /^\/etc\/(modprobe|modules\.conf)/, last: false },
  { pattern: /\/sysctl\.d\//, last: false },
  { pattern: /^\/etc\/(sysctl\.conf|ufw\/sysctl\.conf)$/, last: true },
  { pattern: /^\/etc\/rc\.local$/, last: true },
];

const rankOf = (path: string): number => settingFiles.findIndex(({ pattern }) => pattern.test(path));

const isReadAfterOurs = (path: string): boolean =>
  settingFiles[rankOf(path)]?.last === true || (path.includes(".d/") && posix.basename(path) > `${fileName}.conf`);

const fileOf = (path: string): Finding => {
  if (ownFile.test(path)) return {};
  if (rankOf(path) < 0) return { loadedBy: [`file:${path}`] };
  return {
    competingWriters: [path],
    ...(isReadAfterOurs(path) ? { warnings: [warning("read-after-ours", path)] } : {}),
  };
};

const readFinding = (finding: string): Finding => {
  const users = /^modules:(.*)$/.exec(finding)?.[1];
  if (users !== undefined)
    return { loadedBy: users.split(",").flatMap((name) => (name === "" ? [] : [`module:${name}`])) };
  // `Name:?dockerd`, and paths below /etc, are answers of 0.1.0, which stand in the state until the next run.
  const process = /^(?:process:|Name:.)(.+)$/.exec(finding)?.[1];
  if (process !== undefined) return processOf(process);
  const [, setting, value = ""] = firewallLine.exec(finding) ?? [];
  if (setting !== undefined) return firewallOf(setting, value);
  return finding.startsWith("IP") ? {} : fileOf(posix.resolve("/etc", finding));
};

const byOrderAtBoot = (one: string, other: string): number => {
  const rank = (writer: string): number => (rankOf(writer) < 0 ? settingFiles.length : rankOf(writer));
  const name = (writer: string): string => posix.basename(writer);
  return rank(one) - rank(other) || (name(one) < name(other) ? -1 : 1);
};

/** @param found the script's findings as printed, in any order, possibly repeated */
export const hostTraits = (found: readonly string[]): HostTraits => {
  const findings = [...new Set(found)].filter((finding) => finding !== "").map(readFinding);
  const distinct = (pick: (each: Finding) => readonly string[] | undefined): string[] => [
    ...new Set(findings.flatMap((each) => pick(each) ?? [])),
  ];
  return {
    loadedBy: distinct((each) => each.loadedBy),
    competingWriters: distinct((each) => each.competingWriters).sort(byOrderAtBoot),
    warnings: findings.flatMap((each) => each.warnings ?? []),
  };
};
