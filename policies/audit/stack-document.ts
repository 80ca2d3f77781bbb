/** What `pulumi stack export` prints, as the rules judge it: what was intended when the stack was last updated. */
import { componentType, rolloutType } from "../../src/fleet/component-type";
import { isFields, type Fields } from "../../src/validation/fields";
import { printableName } from "../../src/text/printable";
import type { Problem } from "../../src/validation/problems";
import { hostIdentity } from "../subjects/host-identity";
import type { AuditDocument } from "./judge";
import { waveHosts } from "../subjects/wave-hosts";
import { isCommandType } from "../subjects/resources";
import { Place } from "../rule";
import { stackInputProblems } from "./stack-inputs";
import { decodeInputs, withheld } from "./stack-secrets";
import {
  type CommandSubject,
  type FilePart,
  type HostInputs,
  type HostSubject,
  type RefusedHost,
} from "../subjects/subjects";

const nameOf = (urn: string): string => printableName(urn.split("::").slice(3).join("::"));

/** True for the JSON of an exported stack. */
export const isExportedStack = (document: unknown): document is { readonly deployment: Fields } =>
  isFields(document) && isFields(document.deployment);

/** Adds the hosts of a wave, each by its own name. */
const readWave = (
  wave: string,
  inputs: Fields,
  unread: readonly Problem[],
  hosts: HostSubject[],
  refused: RefusedHost[],
): void => {
  if (unread.length > 0) {
    refused.push({ name: wave, problems: unread });
    return;
  }
  for (const host of waveHosts(inputs)) {
    const name = printableName(host.name);
    hosts.push({ name, inputs: host.inputs, identity: hostIdentity(name, host.inputs.connection) });
  }
};

/**
 * Tuned hosts and commands of an exported stack. What the engine has yet to delete is left out, but for its secrets,
 * which stand in the file all the same.
 */
export const readStack = ({ deployment }: { readonly deployment: Fields }): AuditDocument => {
  const resources = Array.isArray(deployment.resources) ? (deployment.resources as unknown[]) : [];
  const hosts: HostSubject[] = [];
  const commands: CommandSubject[] = [];
  const refused: RefusedHost[] = [];
  const parts: FilePart[] = [];
  for (const resource of resources) {
    if (!isFields(resource)) continue;
    const { urn, type, parent } = resource;
    if (typeof urn !== "string" || typeof type !== "string") continue;
    const isHost = type === componentType;
    const isWave = type === rolloutType;
    if (!isHost && !isWave && !isCommandType(type)) continue;
    const name = nameOf(urn);
    const { inputs, clearSecrets, problems: unread } = decodeInputs(resource.inputs);
    parts.push({ name, clearSecrets });
    if (resource.delete === true) continue;
    if (isWave) {
      readWave(name, inputs, unread, hosts, refused);
      continue;
    }
    if (!isHost) {
      commands.push({
        name,
        type,
        parent: typeof parent === "string" ? printableName(parent) : undefined,
        inputs: withheld(inputs) as Fields,
      });
      continue;
    }
    const problems = [...unread, ...stackInputProblems(inputs)];
    if (problems.length > 0) refused.push({ name, problems });
    else hosts.push({ name, inputs: withheld(inputs) as HostInputs, identity: hostIdentity(name, inputs.connection) });
  }
  return { place: Place.Stack, hosts, commands, refused, parts };
};
