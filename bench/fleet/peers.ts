/** Other ways to run a script on many hosts. */
import fs from "node:fs";
import path from "node:path";
import { cacheFolder } from "../../lab/cache-folder";
import { findOnPath } from "../../lab/engine/find-on-path";
import { run, type Say } from "../../lab/run";
import { buildOnce } from "../../lab/vm/build-once";
import type { Command } from "./measure";
import type { ScriptJob } from "./script-job";

/** Writes what the tool needs into the folder of the job and gives its command. */
export type Start = (job: ScriptJob) => Command;

export interface Peer {
  readonly name: string;
  /** A tool that takes minutes for more hosts is not asked. */
  readonly maximumHosts: number;
  /** Makes the tool ready; a text says why it cannot be had. */
  readonly prepare: (say: Say) => Promise<Start | string>;
}

const lanes = 64;

const write = ({ folder }: ScriptJob, name: string, text: string): string => {
  fs.writeFileSync(path.join(folder, name), text);
  return path.join(folder, name);
};

const onPath = (program: string, start: Start): Start | string =>
  findOnPath(program) === undefined ? `${program} is not on PATH` : start;

const loop: Start = (job) => {
  const list = write(job, "addresses", `${job.hosts.addresses.join("\n")}\n`);
  const text = `xargs -P${lanes} -I@ sh -c 'exec ssh -F "$0" @ "$1" <"$2" >/dev/null' "$1" "$2" "$3" <"$4"`;
  return { program: "sh", args: ["-c", text, "sh", job.sshConfig, job.line, job.scriptFile, list] };
};

const pssh: Start = (job) => {
  const list = write(job, "addresses", `${job.hosts.addresses.join("\n")}\n`);
  const text = `parallel-ssh -h "$1" -p ${lanes} -t 0 -I -x "-F $2" "$3" <"$4"`;
  return { program: "sh", args: ["-c", text, "sh", list, job.sshConfig, job.line, job.scriptFile] };
};

const installPssh = async (say: Say): Promise<Start | string> => {
  if (findOnPath("parallel-ssh") === undefined && process.getuid?.() === 0) {
    say("installing Debian's package pssh");
    await run("apt-get", ["install", "-y", "--no-install-recommends", "pssh"]);
  }
  return onPath("parallel-ssh", pssh);
};

/** Packages of Python in an environment of their own. */
const pythonTools = ["pyinfra==3.10.0", "ansible-core==2.19.14"];

const installPython = async (say: Say): Promise<string> => {
  const folder = await buildOnce(cacheFolder(`bench-${pythonTools.join("-").replaceAll("==", "-")}`), async (into) => {
    say(`installing ${pythonTools.join(" and ")} into a virtual environment`);
    for (const [program, ...args] of [
      ["python3", "-m", "venv", into],
      [path.join(into, "bin/python"), "-m", "pip", "install", "--quiet", ...pythonTools],
    ] as const) {
      const { code, stderr } = await run(program, args);
      if (code !== 0) throw new Error(`${[program, ...args].join(" ")}: ${stderr.trim().split("\n").at(-1) ?? ""}`);
    }
  });
  return folder;
};

/** A virtual environment names its own folder, so it works by its Python only where it was moved. */
const withPython = (module: (python: string) => Start) => async (say: Say) =>
  installPython(say).then(
    (folder) => module(path.join(folder, "bin/python")),
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

/** The script behind the line, where a tool cannot send it as standard input. */
const inlineScript = ({ line, scriptFile }: ScriptJob): string =>
  `${line} <<'CONNTRACK-SCRIPT'\n${fs.readFileSync(scriptFile, "utf8")}CONNTRACK-SCRIPT\n`;

const pyinfra =
  (python: string): Start =>
  (job) => {
    const { hosts, keyFile, knownHostsFile } = job;
    const data = {
      ...{ ssh_user: hosts.user, ssh_port: hosts.port, ssh_key: keyFile, ssh_known_hosts_file: knownHostsFile },
      ssh_strict_host_key_checking: "yes",
    };
    const inventory = write(
      job,
      "inventory.py",
      `hosts = (${JSON.stringify(hosts.addresses)}, ${JSON.stringify(data)})\n`,
    );
    write(job, "command", inlineScript(job));
    const deploy = write(
      job,
      "deploy.py",
      `from pyinfra.operations import server\nserver.shell(commands=[open(${JSON.stringify(path.join(job.folder, "command"))}).read()])\n`,
    );
    return { program: python, args: ["-m", "pyinfra", "-y", inventory, deploy], cwd: job.folder };
  };

const ansible =
  (python: string): Start =>
  (job) => {
    const { hosts, sshConfig } = job;
    const list = write(job, "hosts.ini", `${hosts.addresses.join("\n")}\n`);
    // One task that runs the script as it is: the least that Ansible can be asked for. Braces of a shell are no templates.
    const play = [
      "- hosts: all",
      "  gather_facts: false",
      `  vars: { command: !unsafe ${JSON.stringify(inlineScript(job))} }`,
      '  tasks: [{ raw: "{{ command }}" }]',
    ];
    const playbook = write(job, "play.yaml", `${play.join("\n")}\n`);
    return {
      program: python,
      args: ["-m", "ansible", "playbook", "-i", list, "--forks", "50", playbook],
      cwd: job.folder,
      env: {
        ...process.env,
        ANSIBLE_PIPELINING: "True",
        ANSIBLE_SSH_COMMON_ARGS: `-F ${sshConfig}`,
        ANSIBLE_SSH_CONTROL_PATH_DIR: path.join(job.folder, "cp"),
        ANSIBLE_LOCAL_TEMP: path.join(job.folder, "tmp"),
        ANSIBLE_NOCOLOR: "1",
        ANSIBLE_PYTHON_INTERPRETER: "/usr/bin/python3",
      },
    };
  };

export const peers: readonly Peer[] = [
  { name: "ssh loop", maximumHosts: Infinity, prepare: () => Promise.resolve(onPath("ssh", loop)) },
  { name: "pssh", maximumHosts: Infinity, prepare: installPssh },
  { name: "pyinfra", maximumHosts: 200, prepare: withPython(pyinfra) },
  { name: "Ansible", maximumHosts: 200, prepare: withPython(ansible) },
];
