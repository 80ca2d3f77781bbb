/**
 * A small SSH server inside the test process, for tests that need a host to talk to but no kernel behind it.
 * It speaks real SSH on 127.0.0.1, runs `exec` requests through a handler of the test's choice, counts every TCP
 * connection, and can misbehave on demand.
 *
 * ```ts
 * const server = await startSshServer({ handler: ({ command }) => ({ stdout: `ran ${command}\n` }) });
 * // ... connect to server.host, server.port with server.clientKey; pin server.hostKey ...
 * expect(server.connections).toBe(1);
 * expect(server.executions.map((execution) => execution.command)).toEqual(["uptime"]);
 * await server.close();
 * ```
 */
import { spawn } from "node:child_process";
import net from "node:net";
import { type Connection, Server, type ServerConfig, type Session, utils } from "ssh2";
import { cutConnection, cutKeyExchange, type Cut } from "./ssh-cuts";
import { forwardConnections } from "./ssh-forwarding";
import { authenticate } from "./ssh-login";
import { answer, writeForEver } from "./ssh-replies";

/** One `exec` request as the server saw it, standard input complete. */
export interface SshExecution {
  readonly user: string;
  /** Address of this server that the client connected to: 127.x.y.z where it listens on several. */
  readonly address: string;
  readonly command: string;
  readonly stdin: string;
  /** Accepted and refused `env` requests alike, in the order of arrival. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What the server answers to an `exec` request. Without `exitCode` and `signal` the command exits with 0. */
export interface SshReply {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
  /** A signal's name without SIG (`TERM`); instead of an exit code. */
  readonly signal?: string;
  /** The connection breaks behind the output, before any exit code. */
  readonly breaksOff?: true;
}

/** Answers one command; `hangUp` breaks its connection. */
export type SshHandler = (execution: SshExecution, hangUp?: () => void) => SshReply | Promise<SshReply>;

/** How a server may be set up, at its start or later through `behave`. */
export interface SshBehaviour {
  /** Answers commands; by default every command succeeds and prints nothing. */
  readonly handler: SshHandler;
  /** The only user let in; any user by default. */
  readonly user?: string;
  /** A password that is accepted beside the client key, as `password` or `keyboard-interactive`. */
  readonly password?: string;
  /** Which methods a password may come by; both by default. */
  readonly passwordMethods: readonly ("password" | "keyboard-interactive")[];
  /** Refuse every key and every password. */
  readonly refuseAuthentication: boolean;
  /** Close this many of the coming TCP connections before any byte is sent. */
  readonly dropConnections: number;
  /** Addresses of this server, where it listens on several, that close every connection at once. */
  readonly deadAddresses: readonly string[];
  /** Accept TCP connections and never say a word. */
  readonly silent: boolean;
  /** Take logins and never answer them. */
  readonly hangAuthentication: boolean;
  /** Answer commands with output that never ends. */
  readonly flood: boolean;
  /** Where every connection breaks. */
  readonly cutAt?: Cut;
  /** Cut the connection when a command is complete. */
  readonly cutCommands: boolean;
  /** Take commands and never answer them. */
  readonly hangCommands: boolean;
  /** Accept `env` requests, as an sshd with `AcceptEnv *`; refused by default, as an sshd does by default. */
  readonly acceptEnvironment: boolean;
}

/** A running server. */
export interface SshServer {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** The host's public key as a line of authorized_keys: `ssh-ed25519 AAAA...`. */
  readonly hostKey: string;
  /** The private key in OpenSSH form that the server lets in. */
  readonly clientKey: string;
  /** TCP connections accepted so far, dropped ones included. */
  readonly connections: number;
  /** TCP connections open at this moment. */
  readonly openConnections: number;
  /** Channels forwarded to other addresses so far (this server as a bastion). */
  readonly forwards: number;
  /** Commands received so far, in order. */
  readonly executions: readonly SshExecution[];
  /** Change the behaviour from now on. */
  behave(change: Partial<SshBehaviour>): void;
  /** Forget connections, forwards and executions counted so far. */
  resetCounts(): void;
  /** Close the port and every open connection; a later connection is refused. */
  close(): Promise<void>;
}

/**
 * A key pair in OpenSSH form, ed25519; with a passphrase the private key is encrypted (aes256-ctr, bcrypt).
 * ssh2 1.17 writes a malformed key where the public half begins with a zero byte (1 in 256): such a pair is drawn anew.
 */
export const generateKeyPair = (passphrase?: string): { readonly private: string; readonly public: string } => {
  const pair =
    passphrase === undefined
      ? utils.generateKeyPairSync("ed25519")
      : utils.generateKeyPairSync("ed25519", { passphrase, cipher: "aes256-ctr", rounds: 16 });
  return utils.parseKey(pair.private, passphrase) instanceof Error ? generateKeyPair(passphrase) : pair;
};

/**
 * A handler that really runs commands in `sh` on this machine, with exactly the given environment. Tests of the host
 * script use it with a simulated root folder in `environment`.
 */
export const localShell =
  (environment: Readonly<Record<string, string>>): SshHandler =>
  ({ command, stdin }) =>
    new Promise((resolve, reject) => {
      const child = spawn("/bin/sh", ["-c", command], { env: environment });
      const output = { stdout: "", stderr: "" };
      child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
      child.stdin.on("error", () => undefined); // the command may end without reading its input
      child.stdin.end(stdin);
      child.on("error", reject);
      child.on("close", (exitCode, signal) =>
        resolve(signal === null ? { ...output, exitCode: exitCode ?? 0 } : { ...output, signal: signal.slice(3) }),
      );
    });

const usual: SshBehaviour = {
  handler: () => ({}),
  passwordMethods: ["password", "keyboard-interactive"],
  refuseAuthentication: false,
  dropConnections: 0,
  deadAddresses: [],
  silent: false,
  hangAuthentication: false,
  flood: false,
  cutCommands: false,
  hangCommands: false,
  acceptEnvironment: false,
};

const serveSession = (
  session: Session,
  cut: () => void,
  hangUp: () => void,
  { user, address }: Pick<SshExecution, "user" | "address">,
  behaviour: () => SshBehaviour,
  record: (execution: SshExecution) => void,
): void => {
  const environment: Record<string, string> = {};
  session.on("env", (accept, refuse, { key, val }) => {
    environment[key] = val;
    // ssh2 passes no functions where the client asked for no answer.
    const reply = (behaviour().acceptEnvironment ? accept : refuse) as (() => void) | undefined;
    reply?.();
  });
  session.on("exec", (accept, _refuse, { command }) => {
    if (behaviour().cutAt === "command") {
      hangUp();
      return;
    }
    const channel = accept();
    let stdin = "";
    channel.setEncoding("utf8");
    channel.on("data", (text: string) => {
      stdin += text;
      if (behaviour().cutAt !== "standardInput") return;
      // The shell has what has come so far, and then its input ends.
      void behaviour().handler(
        { user, address, command, stdin: stdin.slice(0, stdin.length / 2), environment },
        hangUp,
      );
      hangUp();
    });
    channel.on("error", () => undefined); // the client may vanish before it is answered
    channel.on("end", () => {
      if (behaviour().cutAt === "standardInput") return;
      const execution = { user, address, command, stdin, environment };
      record(execution);
      if (behaviour().hangCommands) return;
      if (behaviour().cutCommands) {
        cut();
        return;
      }
      if (behaviour().flood) {
        writeForEver(channel);
        return;
      }
      void Promise.resolve(behaviour().handler(execution, hangUp)).then(
        (reply) => answer(channel, reply, hangUp),
        (error: unknown) => answer(channel, { stderr: `test handler: ${String(error)}\n`, exitCode: 255 }, hangUp),
      );
    });
  });
};

/** Starts a server on a free port of 127.0.0.1; keys and port are fresh unless given. */
export const startSshServer = async (
  options: Partial<SshBehaviour> & {
    /** Private host key in OpenSSH form. */ readonly hostPrivateKey?: string;
    /** Port to listen on; 0, a free one, by default. */ readonly port?: number;
    /** Address to listen on, 127.0.0.1 by default; 0.0.0.0 answers on every 127.x.y.z, as many hosts. */
    readonly listenOn?: string;
    /** Private key that is let in; a fresh one by default. */ readonly clientKey?: string;
    /** Further private host keys, of other types. */ readonly moreHostKeys?: readonly string[];
    /** What else ssh2 takes: a banner, a version, algorithms. */ readonly config?: Partial<ServerConfig>;
    /** Passphrase of that key, where it is encrypted. */ readonly clientKeyPassphrase?: string;
  } = {},
): Promise<SshServer> => {
  const { hostPrivateKey = generateKeyPair().private, clientKey = generateKeyPair().private } = options;
  const { port = 0, listenOn = "127.0.0.1" } = options;
  let behaviour: SshBehaviour = { ...usual, ...options };
  let connections = 0;
  let forwards = 0;
  const executions: SshExecution[] = [];
  const sockets = new Set<net.Socket>();
  const allowed = utils.parseKey(clientKey, options.clientKeyPassphrase);

  /** Local addresses by the client's port. */
  const addresses = new Map<number, string>();

  const serve = (connection: Connection, { port: clientPort }: { readonly port: number }): void => {
    let user = "";
    const address = addresses.get(clientPort) ?? "";
    const hangUp = (): void => {
      for (const socket of sockets) if (socket.remotePort === clientPort) socket.destroy();
    };
    cutConnection(connection, hangUp, behaviour.cutAt);
    connection.on("error", () => undefined); // broken and refused connections are part of the tests
    connection.on("authentication", (authentication) => {
      user = authentication.username;
      authenticate(authentication, behaviour, allowed);
    });
    connection.on("session", (accept) =>
      serveSession(
        accept(),
        () => connection.end(),
        hangUp,
        { user, address },
        () => behaviour,
        (execution) => executions.push(execution),
      ),
    );
    forwardConnections(connection, () => (forwards += 1));
  };
  const ssh = new Server({ ...options.config, hostKeys: [hostPrivateKey, ...(options.moreHostKeys ?? [])] }, serve);
  const listener = net.createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    addresses.set(socket.remotePort ?? 0, socket.localAddress ?? "");
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    if (behaviour.deadAddresses.includes(socket.localAddress ?? "")) {
      socket.destroy();
    } else if (behaviour.dropConnections > 0) {
      behaviour = { ...behaviour, dropConnections: behaviour.dropConnections - 1 };
      socket.destroy();
    } else if (!behaviour.silent) {
      ssh.injectSocket(socket);
      cutKeyExchange(socket, behaviour.cutAt);
    }
  });
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(port, listenOn, resolve);
  });
  const parsedHostKey = utils.parseKey(hostPrivateKey);
  if (parsedHostKey instanceof Error) throw parsedHostKey;

  return {
    host: "127.0.0.1",
    port: (listener.address() as net.AddressInfo).port,
    hostKey: `${parsedHostKey.type} ${parsedHostKey.getPublicSSH().toString("base64")}`,
    clientKey,
    get connections() {
      return connections;
    },
    get openConnections() {
      return sockets.size;
    },
    get forwards() {
      return forwards;
    },
    executions,
    behave: (change) => {
      behaviour = { ...behaviour, ...change };
    },
    resetCounts: () => {
      connections = 0;
      forwards = 0;
      executions.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        sockets.forEach((socket) => socket.destroy());
      }),
  };
};
