/** Logins that are not root's: sudo with and without a password, and a login shell that prints. */
import { startMachine, type Machine } from "../../lab/vm/machine";
import { readKernel } from "../../lab/vm/kernel-values";
import { openShell } from "../../lab/vm/secure-shell";
import { applyCommand } from "../../src/delivery/script/command-line";
import { parseReadBack } from "../../src/delivery/answer/parse";
import { hostScript } from "../../src/delivery/script/script";
import { reportOf } from "../support/probe";
import type { CliStack } from "../support/engine";
import { createMachineStack } from "./machine-stack";
import * as host from "./tuned-machine";

/** The rules of Debian's own sudoers; with use_pty a command runs on a terminal of sudo's own. */
const sudoDefaults = [
  "Defaults env_reset",
  "Defaults mail_badpass",
  'Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"',
  "Defaults use_pty",
];

interface Login {
  readonly user: string;
  readonly shell: string;
  /** What sudo lets the user do. */
  readonly rule: string;
}

const free: Login = { user: "free", shell: "/bin/sh", rule: "NOPASSWD: ALL" };
const asked: Login = { user: "asked", shell: "/bin/sh", rule: "ALL" };
const loud: Login = { user: "loud", shell: "/bin/bash", rule: "NOPASSWD: ALL" };

/** What Debian's bash reads at the start of a command by SSH: noise before the answer, behind it, and on standard error. */
const noise = [
  `echo "Welcome! Mind the gap: {} @@ step: cause: remedy"`,
  `echo "last login: never" >&2`,
  `trap 'echo "Good bye"' EXIT`,
];

const addLogin = ({ user, shell, rule }: Login, index: number): string => {
  const id = 1000 + index;
  const home = `/home/${user}`;
  return [
    `echo "${user}:x:${id}:${id}::${home}:${shell}" >>/etc/passwd`,
    `echo "${user}:*:20000:0:99999:7:::" >>/etc/shadow`,
    `echo "${user} ALL=(ALL:ALL) ${rule}" >>/etc/sudoers`,
    `mkdir -p ${home}/.ssh && cp /root/.ssh/authorized_keys ${home}/.ssh && chown -R ${id}:${id} ${home}`,
    `chmod 755 ${home} && chmod 700 ${home}/.ssh`,
  ].join(" && ");
};

let machine: Machine;
let before: Readonly<Record<string, string>>;
const values = async () => Object.fromEntries(await readKernel(machine));

beforeAll(async () => {
  machine = await startMachine({ kernel: "amd64-5.10", memoryMiB: 512 });
  before = await values();
  const lines = (text: readonly string[], file: string): Promise<string> =>
    host.run(machine, `cat >${file} <<'END'\n${text.join("\n")}\nEND`);
  await lines(sudoDefaults, "/etc/sudoers");
  // Whoever unpacked the programs owned them; sudo wants them to be root's.
  await host.run(machine, "chown -R 0:0 /etc /usr/bin/sudo /usr/libexec/sudo && chmod 4755 /usr/bin/sudo");
  await host.run(machine, [free, asked, loud].map(addLogin).join(" && "));
  await host.run(machine, "chmod 440 /etc/sudoers");
  await lines(noise, `/home/${loud.user}/.bashrc`);
}, 600_000);
afterAll(() => machine.remove());

/** Runs `apply` as a login, and gives back what came of it. */
const applyAs = async ({ user }: Login, sudo: boolean) => {
  const request = await host.planFor(machine, { role: "nat" });
  const shell = openShell({ ...machine, user });
  const result = await shell.exec(applyCommand({ ...request, sudo }), hostScript);
  shell.close();
  return { request, result };
};

const untouched = async (): Promise<void> => {
  expect(await values()).toEqual(before);
  expect(await host.ourFiles(machine)).toBe("");
};

/** After a life as a tuned host; the audit trail goes, so that the next test begins with a host that never was one. */
const putBack = async (): Promise<void> => {
  expect(await values()).toEqual(before);
  expect(await host.ourFiles(machine)).toBe(host.auditTrail);
  await host.run(machine, "rm -r /var/lib/pulumi-conntrack");
};

test.each([free, asked, loud])("facts need no privilege: $user is told them", async ({ user }) => {
  const report = await reportOf({ ...machine, user });
  expect(report).toMatchObject({ kernel: machine.release, presence: "module" });
  expect(report.settings).toMatchObject({ max: Number(before.nf_conntrack_max) });
});

test("a user whom sudo asks for a password gets an error with the way out, and nothing is changed", async () => {
  const said = "sudo: a password is required";
  await expect(reportOf({ ...machine, user: asked.user, sudo: true })).rejects.toThrow(
    `${said}: Let the user run sudo without a password (NOPASSWD in sudoers), or log in as root.`,
  );
  const { result } = await applyAs(asked, true);
  expect(result).toEqual({ code: 1, stdout: "", stderr: `${said}\n` });
  await untouched();
});

test("a user without sudo is told to be root, and nothing is changed", async () => {
  const { result } = await applyAs(free, false);
  expect(host.failureOf(result)).toEqual({
    step: "lock",
    cause: "/var/lib/pulumi-conntrack cannot be locked",
    remedy: "wait, be root, make room or remove it",
  });
  await untouched();
});

test("a user with sudo and no password tunes the host, and puts it back", async () => {
  const { request, result } = await applyAs(free, true);
  expect(parseReadBack(result.stdout)).toMatchObject({ status: "active", changed: true });
  expect(await values()).toEqual({ ...before, ...host.asKernelValues(request) });
  expect(await host.restore(machine)).toMatchObject({ status: "restored" });
  await putBack();
});

describe("through the engine", () => {
  const max = 20_000;
  let stack: CliStack;
  afterEach(() => stack.remove());

  test("up fails where sudo asks for a password: sudo's own words are shown, and nothing is changed", async () => {
    stack = await createMachineStack(machine, { max, login: { user: asked.user, sudo: true } });
    const { code, stdout } = await stack.up();
    expect(code).not.toBe(0);
    expect(stdout).toContain("sudo: a password is required");
    await untouched();
  }, 300_000);

  test("up and destroy work by sudo under a login shell that prints, and nothing of that reaches the output", async () => {
    stack = await createMachineStack(machine, { max, login: { user: loud.user, sudo: true } });
    const up = await stack.up();
    expect(up.stdout + up.stderr).not.toContain("last login: never");
    expect(up.code).toBe(0);
    expect(await values()).toMatchObject({ nf_conntrack_max: String(max) });
    await stack.up("--expect-no-changes").then(({ code }) => expect(code).toBe(0));
    expect((await stack.destroy()).code).toBe(0);
    await putBack();
  }, 300_000);
});
