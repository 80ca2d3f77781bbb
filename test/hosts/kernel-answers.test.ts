/**
 * What a kernel answers to values written to it: the ground on which the kernel rules and the host script stand.
 * Expected numbers were measured on 13 Debian kernels (docs/model.md).
 */
import { startMachine, type Machine } from "../../lab/vm/machine";
import { kernelRules } from "../../src/kernel/kernel-rules";
import { defaultTable, roundBuckets } from "../../src/kernel/table-size";
import { reportOf } from "../support/probe";
import { run } from "./tuned-machine";

const hashsize = "/sys/module/nf_conntrack/parameters/hashsize";
const sysctl = (name: string): string => `/proc/sys/net/netfilter/nf_conntrack_${name}`;

/** Maximum timeout of a kernel with HZ=250, as Debian builds them: (2^31 - 1) / HZ, in seconds. */
const maximumTimeoutSeconds = 8589934;

describe.each(["amd64-5.10", "amd64-6.1"] as const)("kernel %s", (kernel) => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await startMachine({ kernel });
  }, 600_000);
  afterAll(() => machine.remove());

  /** Writes in one write(2), as `echo` does, and gives what is read afterwards, or what the kernel said. */
  const write = async (path: string, value: string): Promise<string> => {
    const { code, stdout, stderr } = await machine.exec(`busybox sh -c 'echo "${value}" >${path}' && cat ${path}`);
    return code === 0 ? stdout.trim() : (/: ([A-Z][a-z ]+)$/m.exec(stderr)?.[1] ?? stderr);
  };
  const read = async (path: string): Promise<string> => (await run(machine, `cat ${path}`)).trim();
  const table = async () => ({ buckets: Number(await read(hashsize)), max: Number(await read(sysctl("max"))) });

  test.each([
    [1000, 1024],
    [5000, 5120],
    [7168, 7168],
    [12345, 12800],
  ])("takes a hashsize of %i as %i, whole pages, and leaves max alone", async (asked, taken) => {
    const max = await read(sysctl("max"));
    const report = await reportOf(machine);
    expect(await write(hashsize, String(asked))).toBe(String(taken));
    expect(await read(sysctl("buckets"))).toBe(String(taken));
    expect(roundBuckets(kernelRules(report), asked)).toBe(taken);
    expect(await read(sysctl("max"))).toBe(max);
  });

  test.each([
    [hashsize, "0", "Invalid argument"],
    [hashsize, "abc", "Invalid argument"],
    [hashsize, "6000 7000", "Invalid argument"],
    [hashsize, "4294967296", "Numerical result out of range"],
    [sysctl("max"), "2147483648", "Invalid argument"],
    [sysctl("max"), "5000abc", "Invalid argument"],
    [sysctl("udp_timeout"), String(maximumTimeoutSeconds + 1), "Invalid argument"],
    [sysctl("udp_timeout"), "1.5", "Invalid argument"],
  ])("refuses to write to %s: %s", async (path, value, reason) => {
    const before = await read(path);
    expect(await write(path, value)).toBe(reason);
    expect(await read(path)).toBe(before);
  });

  test("takes the greatest timeout that fits its clock", async () => {
    const before = await read(sysctl("udp_timeout"));
    expect(await write(sysctl("udp_timeout"), String(maximumTimeoutSeconds))).toBe(String(maximumTimeoutSeconds));
    await write(sysctl("udp_timeout"), before);
  });

  test("makes max eight times the buckets where hashsize is given at load, whatever its own ratio is", async () => {
    await run(machine, "nft flush ruleset; modprobe -r nft_ct nf_conntrack; modprobe nf_conntrack hashsize=5000");
    const report = await reportOf(machine);
    const expected = { buckets: 5120, max: 40960 };
    expect(await table()).toEqual(expected);
    expect(defaultTable(kernelRules(report), { memTotalKiB: report.memTotalKiB, hashsize: 5000 })).toMatchObject(
      expected,
    );
  });

  test("keeps the module while a rule uses it", async () => {
    await run(machine, "nft -f /etc/nftables.conf");
    const { code, stderr } = await machine.exec("modprobe -r nf_conntrack");
    expect(code).toBe(1);
    expect(stderr).toContain("is in use");
    expect(await table()).toEqual({ buckets: 5120, max: 40960 });
  });

  test("shows max in other network namespaces but does not let them write it", async () => {
    const inNamespace = (command: string) => machine.exec(`unshare -n busybox sh -c '${command}'`);
    expect((await inNamespace(`cat ${sysctl("max")}`)).stdout.trim()).toBe("40960");
    expect((await inNamespace(`echo 50000 >${sysctl("max")}`)).stderr).toContain("Permission denied");
    expect((await inNamespace("ls /proc/sys/net/nf_conntrack_max")).code).not.toBe(0);
    expect((await table()).max).toBe(40960);
  });
});
