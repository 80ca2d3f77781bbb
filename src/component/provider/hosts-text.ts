/**
 * The hosts of a wave on their way from the program to Check: one text, because the SDK and the engine walk through
 * every single value of an input several times. From Check on, in the state too, they are an object.
 */
import type { HostRecord } from "../../fleet/host-record";
import type { Fields } from "../../validation/fields";
import { asSecret, isSecret, isUnknownText, withoutMark } from "./properties";

/** The hosts as a program registers them. */
export const hostsText = (hosts: Readonly<Record<string, HostRecord>> | undefined): string | undefined =>
  hosts && JSON.stringify(hosts);

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The schema says what is wrong with it.
    return text;
  }
};

/** The inputs of a wave with its hosts as an object, whoever wrote the program. */
export const withHosts = (inputs: Fields): Fields => {
  const hosts = withoutMark(inputs.hosts);
  if (typeof hosts !== "string" || isUnknownText(hosts)) return inputs;
  return { ...inputs, hosts: isSecret(inputs.hosts) ? asSecret(parsed(hosts)) : parsed(hosts) };
};
