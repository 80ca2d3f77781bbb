/** `plan INVENTORY` on hosts that run the real host script behind real SSH. */
import { runCommand } from "../support/command-line";
import type { SshHandler } from "../support/ssh-server";
import { hostWith } from "./script-run";
import { modernModule } from "./simulated-kernels";
import { serveFleet, sysctlFile, tunedHost } from "./ssh-fleet";

const max = "proc/sys/net/netfilter/nf_conntrack_max";
const silent: SshHandler = () => ({});

test("each setting that changes is told before and after with its file, hosts that agree once, and the others counted", async () => {
  const hosts = { new1: hostWith(modernModule), new2: hostWith(modernModule), web1: tunedHost() };
  const fleet = await serveFleet({ ...hosts, old1: silent });
  fleet.write({ old1: { decommissioned: true } });
  const before = Object.values(hosts).map((host) => host.snapshot(""));
  const { code, out } = await runCommand("plan", fleet.inventory);
  expect(code).toBe(0);
  // Before: what the simulated kernel has.
  expect(out).toContain("  new1, new2\n");
  expect(out).toMatch(/^ {4}max +65536 +262144 +1$/m);
  expect(out).toMatch(/^ {4}buckets +65536 +262144 +1, 2$/m);
  expect(out).toMatch(/^ {4}nf_conntrack_udp_timeout +30 +20 +1$/m);
  expect(out).toContain("    1 /etc/sysctl.d/zz-pulumi-conntrack.conf (missing)\n");
  expect(out).toContain("    2 /etc/modprobe.d/zz-pulumi-conntrack.conf (missing)\n");
  expect(out).toContain("old1: decommissioned, not contacted\n");
  expect(out).toContain("4 hosts: 2 change, 1 unchanged, 1 decommissioned.\n");
  expect(out.match(/Set by hand to 20 seconds/g)).toHaveLength(1);
  for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  expect((await runCommand("plan", fleet.inventory)).out).toBe(out);
  expect(Object.values(hosts).map((host) => host.snapshot(""))).toEqual(before);
});

test("what differs on disk is told by the file, and a max raised by hand stays with a note", async () => {
  const fleet = await serveFleet({
    disk: tunedHost({ [sysctlFile.slice(1)]: "changed\n" }),
    raised: tunedHost({ [max]: 524288 }),
  });
  const { code, out } = await runCommand("plan", fleet.inventory);
  expect(code).toBe(0);
  expect(out).toContain("    1 /etc/sysctl.d/zz-pulumi-conntrack.conf (changed)\n    7 more unchanged.\n");
  expect(out).toContain(
    "  raised: unchanged\n    max stays 524288 and not 262144: it is above the plan; lowered only with\n",
  );
  expect(out).toContain("2 hosts: 1 changes, 1 unchanged.\n");
});

test("a host that cannot be read is planned nevertheless, listed, and exits 3", async () => {
  const fleet = await serveFleet({ web1: tunedHost(), mute: silent });
  const { code, out } = await runCommand("plan", fleet.inventory);
  expect(code).toBe(3);
  expect(out).toContain("  mute: not read, so that all of it may change\n");
  expect(out).toMatch(/^ {4}max +\? +262144 +1$/m);
  expect(out).toContain("mute: not read: exited with 0 and gave no answer.");
  expect(out).toContain("2 hosts: 0 change, 1 unchanged, 1 not read.\n");
});

test("offline no host is contacted, and before is what the kernel takes by itself", async () => {
  const fleet = await serveFleet({ web1: tunedHost(), web2: silent });
  const { code, out } = await runCommand("plan", fleet.inventory, "--offline");
  expect(code).toBe(0);
  expect(fleet.server.connections).toBe(0);
  // net/netfilter/nf_conntrack_proto_udp.c and _tcp.c of Linux 6.1: 30 seconds, 5 days.
  expect(out).toMatch(/^ {4}nf_conntrack_udp_timeout +30 +20 +1$/m);
  expect(out).toMatch(/^ {4}nf_conntrack_tcp_timeout_established +432000 +86400 +1$/m);
  expect(out).toContain("No host was contacted: before is what each kernel takes by itself");
});

test("as JSON groups stand with their plan, what changes, and who could not be read", async () => {
  const fleet = await serveFleet({ web1: tunedHost({ [max]: 1000 }), web2: tunedHost(), mute: silent });
  const { code, json } = await runCommand("plan", fleet.inventory, "--json");
  expect(code).toBe(3);
  expect(json()).toMatchObject({
    before: "hosts",
    groups: [
      {
        hosts: ["web1"],
        read: true,
        changes: [{ key: "max", before: 1000, after: 262144, files: [sysctlFile] }],
        unchanged: 7,
        settings: { max: 262144, buckets: 262144 },
      },
      { hosts: ["web2"], read: true, changes: [] },
      { hosts: ["mute"], read: false },
    ],
    unread: { mute: expect.stringContaining("gave no answer") as string },
    decommissioned: [],
  });
});

test("as Markdown it is a table for each group", async () => {
  const fleet = await serveFleet({ web1: tunedHost({ [max]: 1000 }) });
  const { code, out } = await runCommand("plan", fleet.inventory, "--markdown");
  expect(code).toBe(0);
  expect(out).toContain(
    "**web1**\n\n| setting | before | after | persists in |\n| --- | ---: | ---: | --- |\n" +
      "| max | 1000 | 262144 | /etc/sysctl.d/zz-pulumi-conntrack.conf |\n",
  );
});

describe("Before any host is contacted", () => {
  test("mistakes of the inventory and flags of a single host are said at once, with exit 2", async () => {
    const fleet = await serveFleet({ web1: tunedHost() });
    fleet.write({ web1: { settings: { max: -1 } } });
    const flags = ["--memory-mib", "8192", "--files", "--json", "--markdown"];
    const { code, json } = await runCommand("plan", fleet.inventory, ...flags);
    expect(code).toBe(2);
    expect(json()).toMatchObject({
      error: {
        problems: expect.arrayContaining(
          ["--memory-mib", "--files", "--markdown", "hosts.web1.settings.max"].map(
            (path) => expect.objectContaining({ path }) as object,
          ),
        ) as object,
      },
    });
    expect(fleet.server.connections).toBe(0);
  });

  test.each([["--offline"], ["--markdown"], ["--only"], ["--lanes"]])(
    "%s without an inventory exits 2 and is named",
    async (flag) => {
      const value = flag === "--only" || flag === "--lanes" ? ["1"] : [];
      const host = ["--kernel", "6.1.0-50-cloud-amd64", "--memory-mib", "8192"];
      const { code, err } = await runCommand("plan", ...host, flag, ...value);
      expect(code).toBe(2);
      expect(err).toContain(`  - ${flag}: is for the plan of an inventory`);
    },
  );
});
