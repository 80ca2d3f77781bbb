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
  "not-loaded": (module) =>
    `${module} is not loaded: the settings are written for its next load and nothing is in force yet. Set loadModule to load it now.`,
  "module-absent": (module) => `${module} is neither built in nor among the modules of the running kernel.`,
  "buckets-next-load": () =>
    "This kernel cannot resize its table: the buckets take effect when the module is loaded next.",
  "buckets-boot-parameter": (argument) =>
    `The table of a built-in module gets its size at boot from the kernel command line only: add ${argument} there.`,
  "not-loaded-at-boot": (module) =>
    `Nothing of ours loads ${module} at boot: this host has neither modules-load.d nor sysconfig/modules.`,
  "firewall-unloads": (file) =>
    `${file} unloads the tracking modules whenever the firewall stops (IPTABLES_MODULES_UNLOAD): settings come back with the next load, tracked connections do not.`,
  "later-writer": (file) => `${file} is read after our file and sets the same keys: it wins at the next boot.`,
  "restored-unknown": (key) => `${key} had no known original value: it was left as it is until the next reboot.`,
  "changed-since": (key) => `${key} was changed by someone else since we set it: it was left alone.`,
  "token-foreign": (token) => `The settings on this host belong to ${token}: nothing was changed.`,
  "token-missing": () => "There is no journal of ours on this host: nothing was changed.",
  "journal-damaged": () =>
    "The journal of original values was damaged and is not trusted: values that were set before cannot be put back.",
  recovered: () => "An earlier run was cut off: what it had begun was put back first.",
} satisfies Record<string, (detail: string) => string>;

/** Every code that the script can give. */
export const warningCodes: readonly string[] = Object.keys(sentences);

const isKnown = (code: string): code is keyof typeof sentences => Object.hasOwn(sentences, code);

/** Reads `code` or `code:detail`; a code of a newer script is shown as it is. */
export const explainWarning = (raw: string): HostWarning => {
  const [, code = raw, detail] = /^([^:]*):(.*)$/s.exec(raw) ?? [];
  const text = isKnown(code) ? sentences[code](detail ?? "") : raw;
  return detail === undefined ? { code, text } : { code, detail, text };
};
