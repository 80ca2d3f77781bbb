/** Diff of `conntrack:index:Rollout`: a path for each changed key, where a person reads it in `pulumi preview --diff`. */
import type { HostChanges, KeyChange } from "../../fleet/host-changes";
import { joinPath } from "../../validation/validation";
import { isChanged, waveChanges } from "../../fleet/wave/wave-changes";
import type { WaveInputs } from "../../fleet/wave/wave-inputs";
import type { WaveState } from "../../fleet/wave/wave-state";

export type Kind = "add" | "delete" | "update";

export interface RolloutDiff {
  readonly changed: boolean;
  /** Paths of single values; `inputs` false where it is one of the outputs. */
  readonly details: ReadonlyMap<string, { readonly kind: Kind; readonly inputs: boolean }>;
  readonly hosts: readonly HostChanges[];
  readonly pending: readonly string[];
}

const profileOf = (inputs: WaveInputs, name: string): string => {
  const named = inputs.hosts[name]?.profile;
  return typeof named === "string" ? named : inputs.profile;
};

/** Where a changed key of a host stands: at the profile, if that is where it changed, or at the host. */
const placeOf = (old: WaveInputs, news: WaveInputs, name: string, { recordKey: key }: KeyChange): [string, Kind] => {
  const [before, after] = [old.hosts[name], news.hosts[name]];
  const profile = profileOf(news, name);
  const own = before?.[key] !== undefined || after?.[key] !== undefined;
  if (own) {
    const kind = before?.[key] === undefined ? "add" : after?.[key] === undefined ? "delete" : "update";
    return [joinPath("hosts", name, key), kind];
  }
  const shared = old.profiles[profile]?.[key] !== undefined && news.profiles[profile]?.[key] !== undefined;
  if (shared && profileOf(old, name) === profile) return [joinPath("profiles", profile, key), "update"];
  return [joinPath("hosts", name), "update"];
};

export const diffRollout = (old: WaveInputs, news: WaveInputs, state: WaveState): RolloutDiff => {
  const changes = waveChanges(old, news, state);
  const details = new Map<string, { readonly kind: Kind; readonly inputs: boolean }>();
  for (const { name, kind, changes: keys } of changes.hosts) {
    if (kind === "added") details.set(joinPath("hosts", name), { kind: "add", inputs: true });
    else if (kind === "removed") details.set(joinPath("hosts", name), { kind: "delete", inputs: true });
    else
      for (const change of keys) {
        const [path, how] = placeOf(old, news, name, change);
        details.set(path, { kind: how, inputs: true });
      }
  }
  for (const setting of changes.settings) details.set(setting, { kind: "update", inputs: true });
  // Below `hosts` the engine would print the whole host twice.
  if (changes.pending.length > 0) details.set("pending", { kind: "delete", inputs: false });
  if (state.held !== undefined) details.set("held", { kind: "delete", inputs: false });
  if (Object.keys(state.leftover).length > 0) details.set("leftover", { kind: "delete", inputs: false });
  return { changed: isChanged(changes), details, hosts: changes.hosts, pending: changes.pending };
};
