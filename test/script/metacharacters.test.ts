/** Every character that means something to a shell: what a person writes reaches the host literally, or not at all. */
import { spawnSync } from "node:child_process";
import { factsCommandLine } from "../../src/delivery/ssh/address";
import { checkConnection } from "../../src/delivery/ssh/connection";
import { restoreCommand } from "../../src/delivery/script/command-line";
import { scriptIdentity } from "../../src/delivery/script/script";
import { hostToken } from "../../src/delivery/script/token";
import { tryPlan } from "../../src/plan/plan";
import { shells, type Shell } from "./simulated-host";
import { problemsIn } from "../../src/validation/validation";

const characters = [
  ...Array.from(" \t\n\r;&|<>()$`\\\"'*?[]#~!{}%^,@+=:/-\u0007\u001bé☃"),
  "--",
  "$(id)",
  "`id`",
  "&& id",
  "\n#",
];
const programs: Readonly<Record<Shell, readonly [string, ...string[]]>> = {
  dash: ["dash"],
  bash: ["bash"],
  busybox: ["busybox", "sh"],
};

/** Words that a login shell makes of a command line, as JSON of each; the program of the line prints them. */
const wordsOf = (shell: Shell, line: string): string[] => {
  const [program, ...first] = programs[shell];
  const print = 'print() { for word; do printf "%s\\0" "$word"; done; }\n';
  const { stdout, stderr } = spawnSync(program, [...first, "-c", `${print}print ${line}`], {
    encoding: "utf8",
    cwd: "/",
  });
  expect(stderr).toBe("");
  return stdout.split("\0").slice(0, -1);
};

describe.each(shells)("in %s", (shell) => {
  test("a token of any names is one word, the same as it was written", () => {
    for (const character of characters) {
      const token = hostToken(`p${character}`, `${character}s`, `web${character}1`);
      expect(wordsOf(shell, restoreCommand({ sudo: true, token }))).toEqual([
        "sudo",
        "-n",
        "sh",
        "-s",
        "--",
        "restore",
        `token=${token}`,
        `script=${scriptIdentity.version}:${scriptIdentity.sha256}`,
      ]);
    }
  });

  test("the command that a remedy names can be pasted, whatever the user and the host are called", () => {
    for (const character of characters) {
      const [user, host] = [`ad${character}min`, `${character}web`];
      expect(wordsOf(shell, factsCommandLine({ user, host }))).toEqual([
        "pulumi-conntrack",
        "facts",
        "--user",
        user,
        host,
      ]);
    }
  });
});

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFvF7Zr0Nq8k6Dn5r5cJm3yZ0m2w1c9m4Xh0f6s0a1b2";
const privateKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n";
const connection = { host: "web1", hostKey, privateKey };
const facts = { memoryMiB: 8192, kernel: "6.1.0-50-amd64", arch: "x86_64" };
const problemPaths = (change: object): string[] =>
  problemsIn(checkConnection({ ...connection, ...change })).map(({ path }) => path);
const planPaths = (request: object): string[] => problemsIn(tryPlan({ facts, ...request })).map(({ path }) => path);

describe.each(characters)("%j", (character) => {
  const nameCharacters = /^[-:]$/;

  test("is refused in a host, by its name, unless names may hold it", () => {
    const expected = character === "-" ? [] : ["connection.host"];
    expect(problemPaths({ host: `we${character}b` })).toEqual(character === "--" ? [] : expected);
  });

  // OpenSSH 10.1, ssh.c, valid_ruser.
  test("is refused in a user where ssh refuses it or passwd(5) has no place for it, and taken as it is elsewhere", () => {
    const refused = /[\n\r\t\u0007\u001b'`"$;&<>|(){}:]/.test(character);
    expect(problemPaths({ user: `ad${character}min` })).toEqual(refused ? ["connection.user"] : []);
  });

  test("is taken as it is in a password and a passphrase, which reach no shell", () => {
    const secrets = { password: `x${character}y`, privateKeyPassphrase: `x${character}y` };
    expect(checkConnection({ ...connection, ...secrets })).toMatchObject({ ok: true, value: secrets });
  });

  test("is refused in a timeout's name, a role and a machine", () => {
    const name = `nf_conntrack_udp${character}_timeout`;
    expect(planPaths({ settings: { timeouts: { [name]: 30 } } })).toEqual([`settings.timeouts.${name}`]);
    expect(planPaths({ role: `ho${character}st` })).toEqual(["role"]);
    expect(planPaths({ facts: { ...facts, arch: `x86${character}_64` } })).toEqual(["facts.arch"]);
  });

  test("is refused in a kernel's release, or reaches no command", () => {
    const planned = tryPlan({ facts: { ...facts, kernel: `6.1.0-50-amd64${character}x` } });
    if (!nameCharacters.test(character) && !/^[-+~]+$/.test(character))
      expect(problemsIn(planned).map(({ path }) => path)).toEqual(["facts.kernel"]);
    else expect(problemsIn(planned).length).toBeLessThanOrEqual(1);
  });
});

test("a user that ssh would take for an option is refused", () => {
  expect(problemPaths({ user: "-oProxyCommand=id" })).toEqual(["connection.user"]);
  expect(problemPaths({ user: "ad\u0000min" })).toEqual(["connection.user"]);
  expect(problemPaths({ host: "-oProxyCommand=id" })).toEqual(["connection.host"]);
});
