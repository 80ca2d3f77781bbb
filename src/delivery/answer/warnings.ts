/** The script's machine-readable warnings (`code` or `code:detail`) in words; the script itself has no room for prose. */

/** A warning that a host gave. */
export interface HostWarning {
  /** Stable word for machines, for example `changed-since`. */
  readonly code: string;
  /** The key or file that it is about, where there is one. */
  readonly detail?: string;
  /** The same for people. */
  readonly text: string;
}

const sentences = {
  "not-loaded": (loaders) =>
    "The module is not loaded: the settings are written for its next load and nothing is in force yet. " +
    `${loaders === "" ? "" : `What may load it here: ${loaders}. `}Set loadModule to load it now.`,
  "not-loaded-at-boot": (module) =>
    `Nothing of ours loads ${module} at boot, because this host has no /etc/modules-load.d: load it from its own boot scripts.`,
  "buckets-next-load": () =>
    "The live number of buckets differs and cannot be changed on this kernel: it takes effect when the module is loaded next.",
  "restored-unknown": (key) => `${key} had no known original value: it was left as it is until the next reboot.`,
  "changed-since": (key) => `${key} was changed by someone else since we set it: it was left alone.`,
  "token-foreign": (token) => `The settings on this host belong to ${token}: nothing was changed.`,
  "token-missing": () => "There is no journal of ours on this host: nothing was changed.",
  "journal-damaged": () =>
    "The journal of original values was damaged and is not trusted: values that were set before cannot be put back.",
  "read-after-ours": (path) =>
    `${path} sets the same values and is read after our file, so it wins at the next boot: take them out there.`,
  "also-set-by-tuned": () =>
    "TuneD runs here and may set the same values whenever it applies its profile: take them out of the profile.",
  "also-set-by-kube-proxy": (process) =>
    `${process} runs kube-proxy inside, which sets the same values when it starts unless it is told not to: give it the kube-proxy arguments conntrack-max-per-core=0, conntrack-tcp-timeout-established=0s and conntrack-tcp-timeout-close-wait=0s.`,
  "unloaded-by-firewall": () =>
    "Stopping or restarting the firewall unloads connection tracking here (IPTABLES_MODULES_UNLOAD): it forgets every connection; the settings come back from our files.",
  "not-put-back": (key) => `${key} is no value of the kernel that runs now: it could not be put back.`,
  recovered: () => "An earlier run was cut off: what it had begun was put back first.",
} satisfies Record<string, (detail: string) => string>;

type WarningCode = keyof typeof sentences;

/** Every code that the script can give. */
export const warningCodes: readonly string[] = Object.keys(sentences);

const isKnown = (code: string): code is WarningCode => Object.hasOwn(sentences, code);

/** A warning of ours, in words. */
export const warning = (code: WarningCode, detail?: string): HostWarning => {
  const text = sentences[code](detail ?? "");
  return detail === undefined ? { code, text } : { code, detail, text };
};

/** Reads `code` or `code:detail`; a code of a newer script is shown as it is. */
export const explainWarning = (raw: string): HostWarning => {
  const [, code = raw, detail] = /^([^:]*):(.*)$/s.exec(raw) ?? [];
  if (isKnown(code)) return warning(code, detail);
  return detail === undefined ? { code, text: raw } : { code, detail, text: raw };
};
