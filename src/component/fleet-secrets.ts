/**
 * Secrets of a fleet's connections, taken out before anything is planned: a value that is a secret would make all that
 * is made from it one, and a fleet's plans are to be read.
 */
import * as pulumi from "@pulumi/pulumi";
import { secretFields } from "../delivery/ssh/connection";
import { isFields, type Fields } from "../validation/fields";
import { isUnknown } from "./unknown-values";

/** Stands in for a secret that comes late. It has the form of a private key, so that checks of form let it pass. */
const standIn = (index: number): string => `-----BEGIN PRIVATE KEY-----\nsecret ${index}\n-----END PRIVATE KEY-----`;
const standInPattern = /^-----BEGIN PRIVATE KEY-----\nsecret (\d+)\n-----END PRIVATE KEY-----$/;

const isSecretField = (field: string): boolean => secretFields.some((secret) => secret === field);

/** Secrets by the stand-ins that were put in their place. */
export const createVault = () => {
  const secrets: (pulumi.Output<unknown> | Promise<unknown>)[] = [];

  const withoutSecrets = (endpoint: unknown): unknown => {
    if (!isFields(endpoint) || isUnknown(endpoint)) return endpoint;
    return Object.fromEntries(
      Object.entries(endpoint).map(([field, value]) => {
        if (field === "bastion") return [field, withoutSecrets(value)];
        if (!isSecretField(field) || !isUnknown(value)) return [field, value];
        const known = secrets.indexOf(value);
        return [field, standIn(known >= 0 ? known : secrets.push(value) - 1)];
      }),
    );
  };
  const withoutHostSecrets = (host: unknown): unknown =>
    isFields(host) && !isUnknown(host) && host.connection !== undefined
      ? { ...host, connection: withoutSecrets(host.connection) }
      : host;

  const withSecrets = (endpoint: Fields): Fields =>
    Object.fromEntries(
      Object.entries(endpoint).map(([field, value]) => {
        if (field === "bastion" && isFields(value)) return [field, withSecrets(value)];
        if (!isSecretField(field) || value === undefined) return [field, value];
        const index = typeof value === "string" ? standInPattern.exec(value)?.[1] : undefined;
        return [field, pulumi.secret(index === undefined ? value : secrets[Number(index)])];
      }),
    );

  return {
    /** The hosts, or what they share, with a stand-in for each secret that is an Output. */
    withoutHostSecrets,
    /** A connection with its secrets back, each marked. */
    withSecrets,
  };
};
