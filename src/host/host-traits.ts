/**
 * What loads connection tracking on a host and who else writes its settings, read from what the script finds: modules
 * that use ours, names of processes, and files below /etc with matching lines.
 */
import { posix } from "node:path";

/** The findings, sorted into the two questions that a person has. */
export interface HostTraits {
  /** `module:nft_ct`, `process:dockerd`, `file:/etc/nftables.conf`. */
  readonly loadedBy: readonly string[];
  /** Paths of files and `process:tuned`. */
  readonly competingWriters: readonly string[];
}

/** Processes that set the same values; kube-proxy does both. */
const writingProcesses: readonly string[] = ["kube-proxy", "tuned"];
const loadingOnlyProcesses = /^(?!tuned$)/;

/** Files that hold settings; the others found hold rules. */
const settingFiles = /^\/(etc|run|usr\/lib)\/(sysctl|modprobe|modules|rc\.local)/;
/** Our own files, however they are named by their folder. */
const ownFile = /\/zz-pulumi-conntrack\.(conf|rules)$/;

const processName = /^Name:.(.+)$/;

const traitsOf = (finding: string): HostTraits => {
  const users = /^modules:(.*)$/.exec(finding)?.[1];
  if (users !== undefined)
    return {
      loadedBy: users.split(",").flatMap((name) => (name === "" ? [] : [`module:${name}`])),
      competingWriters: [],
    };
  const process = processName.exec(finding)?.[1];
  if (process !== undefined)
    return {
      loadedBy: loadingOnlyProcesses.test(process) ? [`process:${process}`] : [],
      competingWriters: writingProcesses.includes(process) ? [`process:${process}`] : [],
    };
  const path = posix.join("/etc", finding);
  if (ownFile.test(path)) return { loadedBy: [], competingWriters: [] };
  return settingFiles.test(path)
    ? { loadedBy: [], competingWriters: [path] }
    : { loadedBy: [`file:${path}`], competingWriters: [] };
};

/** @param found the script's findings as printed, in any order, possibly repeated */
export const hostTraits = (found: readonly string[]): HostTraits => {
  const traits = found.filter((finding) => finding !== "").map(traitsOf);
  const distinct = (pick: (each: HostTraits) => readonly string[]): string[] => [...new Set(traits.flatMap(pick))];
  return {
    loadedBy: distinct((each) => each.loadedBy),
    competingWriters: distinct((each) => each.competingWriters),
  };
};
