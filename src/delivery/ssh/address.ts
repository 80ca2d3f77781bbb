/** Names, addresses and logins: what they look like, what of them may be shown, and when two are the same. */

export interface Address {
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
}

export const defaultUser = "root";
export const defaultPort = 22;
export const maximumPort = 65535;

const hostName = /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$/;
const ipv6 = /^[0-9A-Fa-f:]+(%[A-Za-z0-9]+)?$/;
/** Signs that a text holds more than a name: a URL, a login before the name, a pasted key. */
const holdsMore = /@|\/|:(?!\d+$)|[\r\n]|-----/;

export const isHost = (host: string): boolean =>
  hostName.test(host) || (host.includes(":") && ipv6.test(host) && host.split(":").length > 2);

/** What OpenSSH's own client refuses as a login name; everything else reaches the server as it is. */
export const refusedUser = /^-|\p{Cc}|['`"$;&<>|(){}]|\s-|\\$/u;

/** A word as a shell reads it back literally: plain where nothing in it could mean more, in single quotes otherwise. */
export const shellWord = (text: string): string =>
  /^[\w.:@%+,/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** False for a text that may hold a password or a key; no message shows it then. */
export const isShowable = (text: string): boolean => ipv6.test(text) || !holdsMore.test(text);

/** A login of a domain holds an @ rightly, `tuner@example.net`; what stands behind a colon is a password. */
export const isShowableUser = (user: string): boolean => !user.includes(":") && isShowable(user.replaceAll("@", ""));

/** What of an endpoint, checked or not, may stand in a message. */
export const showableAddress = ({ host, port, user }: Readonly<Record<string, unknown>>): Partial<Address> => ({
  host: typeof host === "string" && isShowable(host) ? host : undefined,
  port: typeof port === "number" && port <= maximumPort ? port : undefined,
  user: typeof user === "string" && isShowableUser(user) ? user : undefined,
});

/**
 * An address in one spelling: 127.1 is 127.0.0.1, 2001:DB8:0::1 is 2001:db8::1, and names know neither case nor a dot at
 * their end.
 */
const oneSpelling = (host: string): string => {
  const name = host.toLowerCase().replace(/\.$/, "");
  const url = `http://${name.includes(":") ? `[${name}]` : name}`;
  return URL.canParse(url) ? new URL(url).hostname : name;
};

/** Where an endpoint listens, `name:port`, equal for every spelling of the same name or address. */
export const addressKey = ({ host, port = defaultPort }: Address): string => `${oneSpelling(host)}:${port}`;

/** The command line that prints the host key of `endpoint`, for remedies; a person may paste it into any POSIX shell. */
export const factsCommandLine = ({ host, port, user }: Partial<Address>): string =>
  [
    "pulumi-conntrack facts",
    ...(user === undefined ? [] : [`--user ${shellWord(user)}`]),
    ...(port === undefined ? [] : [`--port ${port}`]),
    host === undefined ? "HOST" : shellWord(host),
  ].join(" ");

/** The command line that prints a host's ed25519 key over a connection whose other key is known. */
export const ed25519CommandLine = ({ host, port, user }: Partial<Address>): string =>
  [
    "ssh",
    ...(port === undefined ? [] : [`-p ${port}`]),
    ...(user === undefined ? [] : [`-l ${shellWord(user)}`]),
    host === undefined ? "HOST" : shellWord(host),
    "cat /etc/ssh/ssh_host_ed25519_key.pub",
  ].join(" ");
