/** What else lives on a real host: other network namespaces, programs of other users, a system log, programs that hang. */
import { startMachine, type Machine } from "../../lab/vm/machine";
import { readKernel } from "../../lab/vm/kernel-values";
import { applyCommand, type ApplyRequest } from "../../src/delivery/script/command-line";
import { hostScript } from "../../src/delivery/script/script";
import * as host from "./tuned-machine";

let machine: Machine;
let before: Readonly<Record<string, string>>;
let wanted: ApplyRequest;
const values = async () => Object.fromEntries(await readKernel(machine));
const run = (command: string) => host.run(machine, command);
const lines = async (command: string) => (await run(command)).split("\n").filter((line) => line !== "");

beforeAll(async () => {
  machine = await startMachine({ kernel: "amd64-6.1", memoryMiB: 512 });
  before = await values();
  const settings = { max: 20_000, timeouts: { nf_conntrack_udp_timeout: 45 } };
  wanted = await host.planFor(machine, { role: "host", settings });
}, 600_000);
afterAll(() => machine.remove());

describe("a program that hangs inside a pipeline", () => {
  const hang = "command sleep 1000 | command cat";
  const transaction = "/var/lib/pulumi-conntrack/transaction/values";
  test.each([
    { when: "before anything is written", functions: `cut() { ${hang}; }`, left: "" },
    {
      when: "in the middle of a transaction",
      // Once only: what puts things back needs the same program.
      functions: `md5sum() { [ ! -e ${transaction} ] || ! mkdir /run/hung || { ${hang}; }; command md5sum; }`,
      left: "",
    },
    {
      when: "between a value that is set and the files",
      functions: `mv() { case "$*" in *sysctl.d/*) mkdir /run/hung-later && { ${hang}; };; esac; command mv "$@"; }`,
      left: host.auditTrail,
    },
  ])("$when ends at its time limit: all is as before, no process is left, the connection closes", async (place) => {
    const script = `${place.functions}\n${hostScript}`;
    const result = await machine.exec(applyCommand({ ...wanted, limitSeconds: 5 }), script);
    expect(host.failureOf(result)).toEqual({ step: "time", cause: "5 s over", remedy: "raise limitSeconds" });
    expect(await lines("ps | grep '[s]leep 1000' || true")).toEqual([]);
    expect(await values()).toEqual(before);
    expect(await host.ourFiles(machine)).toBe(place.left);
    await run("rm -rf /var/lib/pulumi-conntrack");
  });
});

describe("a program named kube-proxy, whose configuration may be a pipe that nobody writes to", () => {
  const program = "/run/programs/kube-proxy";
  const loop = '-c "while :; do sleep 60; done" kube-proxy';
  /** A program of root's under a name that anybody can give it. */
  const link = "/run/programs/links/kube-proxy";
  const start = async (user: string, file: string, more: string): Promise<void> => {
    await run(`start-stop-daemon -S -b -m -p /run/kube.pid -c ${user} -x ${file} -- ${loop} ${more}`);
    await host.until(machine, "grep -qx kube-proxy /proc/$(cat /run/kube.pid)/comm");
  };
  const stop = () => run("kill $(cat /run/kube.pid); rm -f /run/kube.pid");
  const pipe = "--config=/run/programs/pipe";

  beforeAll(async () => {
    await run(`mkdir -m 755 /run/programs && cp /usr/bin/dash ${program} && mkfifo -m 644 /run/programs/pipe`);
    await run(`mkdir /run/programs/links && ln -s /usr/bin/dash ${link}`);
    await run("echo somebody:x:1000:1000::/:/bin/sh >>/etc/passwd");
  });
  afterEach(async () => {
    await stop();
    await run("rm -rf /var/lib/pulumi-conntrack");
  });

  test.each([
    { what: "of another user", user: "somebody", file: program, more: "" },
    { what: "of another user, with such a file", user: "somebody", file: program, more: pipe },
    { what: "that is a link to another program of root's, with such a file", user: "root", file: link, more: pipe },
  ])("neither blocks nor delays apply: $what", async ({ user, file, more }) => {
    await start(user, file, more);
    // Reading the pipe would last until the time limit.
    expect(await host.apply(machine, { ...wanted, limitSeconds: 30 })).toMatchObject({
      status: "active",
      warnings: [],
    });
    expect(await host.restore(machine)).toMatchObject({ status: "restored" });
  });

  test("refuses apply as root's, and says what cannot be read; the pipe does not delay that", async () => {
    await start("root", program, pipe);
    expect(await host.refusalOf(machine, { ...wanted, limitSeconds: 30 })).toMatchObject({
      step: "look",
      cause: expect.stringMatching(/\/run\/programs\/pipe of kube-proxy cannot be read$/) as string,
    });
    expect(await values()).toEqual(before);
  });
});

describe("a network namespace without a process, as `ip netns add` leaves it", () => {
  const namespace = "/run/netns/router";
  const inside = (command: string) => run(`nsenter --net=${namespace} ${command}`);
  const entries = 1200;
  /** Fewer than the entries, and enough for those of the initial namespace. */
  let smaller: ApplyRequest;

  beforeAll(async () => {
    smaller = { ...wanted, settings: { ...wanted.settings, max: 1400 } };
    await run(`mkdir -p /run/netns && : >${namespace} && unshare --net=${namespace} true`);
    await inside("ip link set lo up");
    await inside("nft -f /etc/nftables.conf");
    await inside("sh -c 'echo 3600 >/proc/sys/net/netfilter/nf_conntrack_udp_timeout'");
    // One entry for each port: Bash opens a socket by itself.
    const send = `for ((p = 10001; p <= 10000 + ${entries}; p++)); do echo >/dev/udp/127.0.0.1/$p; done 2>/dev/null; true`;
    await inside(`bash -c '${send}'`);
    await host.apply(machine, wanted);
  });
  afterAll(async () => {
    await host.restore(machine);
    await run("rm -rf /var/lib/pulumi-conntrack");
  });

  test("counts against a max that shrinks", async () => {
    expect(Number(await inside("cat /proc/sys/net/netfilter/nf_conntrack_count"))).toBe(entries);
    expect(await lines("for p in /proc/[0-9]*; do readlink $p/ns/net; done 2>/dev/null | sort -u")).toHaveLength(1);
    expect(await host.refusalOf(machine, smaller)).toMatchObject({
      step: "look",
      cause: `max 20000 with ${entries} entries cannot become 1400`,
    });
    expect(await values()).toMatchObject({ nf_conntrack_max: "20000" });
  });

  test("is no hindrance any more when it is gone", async () => {
    await run(`umount ${namespace}`);
    expect(await host.apply(machine, smaller)).toMatchObject({ status: "active", settings: { max: 1400 } });
  });
});

describe("a system log", () => {
  const wordsOf = (text: readonly string[], mark: RegExp) => text.map((line) => line.replace(mark, ""));

  test("has one line for each change, the same as the audit trail: who, which stack, what, from what, to what", async () => {
    await run("syslogd -O /run/messages");
    await host.until(machine, "[ -S /dev/log ]");
    await host.apply(machine, wanted);
    const trail = wordsOf(await lines("cat /var/lib/pulumi-conntrack/audit"), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ /);
    const logged = await lines("grep pulumi-conntrack: /run/messages");
    expect(wordsOf(logged, /^.* pulumi-conntrack: /)).toEqual(trail);
    const changes = Object.entries(host.asKernelValues(wanted)).filter(([name, value]) => before[name] !== value);
    const short = (name: string) => name.replace(/^nf_conntrack_(max|buckets)$/, "$1");
    for (const [name, value] of changes)
      expect(
        trail.filter((line) => line.endsWith(` ${wanted.token} ${short(name)}: ${before[name]} -> ${value}`)),
      ).toHaveLength(1);
    const files = (await host.ourFiles(machine)).split("\n").filter((file) => file.startsWith("/etc/"));
    expect(files).not.toEqual([]);
    for (const file of files) expect(trail.filter((line) => line.includes(` ${file}: `))).toHaveLength(1);
    expect(trail).toHaveLength(changes.length + files.length);
  });

  test("has nothing new where nothing changed, and one line for each value and file that goes back", async () => {
    const count = async () => (await lines("grep pulumi-conntrack: /run/messages")).length;
    const tuned = await count();
    expect(await host.apply(machine, wanted)).toMatchObject({ changed: false });
    expect(await count()).toBe(tuned);
    await host.restore(machine);
    expect(await count()).toBe(2 * tuned);
    expect(await values()).toEqual(before);
  });
});
