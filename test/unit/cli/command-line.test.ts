import { Readable } from "node:stream";
import { runCommandLine } from "../../../src/cli/command-line";

const run = async (words: readonly string[], stdin = "") => {
  let out = "";
  let err = "";
  const code = await runCommandLine(words, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    stdin: Readable.from([stdin]),
  });
  return { code, out, err, json: () => JSON.parse(out) as Record<string, unknown> };
};

describe("defaults", () => {
  // A measured row: test/truth/defaults.jsonl.
  const flags = ["--kernel", "5.10.0-46-cloud-amd64", "--mem-total-kib", "1002460"];

  test("prints a table that names each number", async () => {
    const { code, out } = await run(["defaults", ...flags]);
    expect(code).toBe(0);
    expect(out).toMatch(/buckets +8192 /);
    expect(out).toMatch(/max +32768 /);
  });

  test("prints the answer of the contract as JSON", async () => {
    expect((await run(["defaults", ...flags, "--json"])).json()).toEqual({
      buckets: 8192,
      max: 32768,
      expectMax: 128,
      entryBytes: 320,
      tableBytes: 65536,
      era: expect.any(String) as string,
    });
  });

  test("takes the module's parameter, which sets max to eight times itself", async () => {
    expect((await run(["defaults", ...flags, "--hashsize", "1000", "--json"])).json()).toMatchObject({
      buckets: 1024,
      max: 8192,
    });
  });

  describe("with a boot line", () => {
    // Printed by 2.6.15 to 2.6.21, net/ipv4/netfilter/ip_conntrack_core.c: 8 entries for each bucket.
    const bootLine = "ip_conntrack version 2.4 (8192 buckets, 65536 max) - 304 bytes per conntrack";

    test("explains each number in a sentence of its own", async () => {
      const { code, out } = await run(["defaults", "--boot-line", `[   12.5] ${bootLine}`]);
      expect(code).toBe(0);
      expect(out.trimEnd().split("\n")).toHaveLength(5);
      expect(out).toContain("8192 buckets: the table has so many chains.");
      // 304 x 65536 bytes.
      expect(out).toContain("a full table takes 19 MiB of memory");
    });

    test("answers as JSON and in a batch with the numbers and their meaning", async () => {
      const expected = { module: "ip_conntrack", trackerVersion: "2.4", buckets: 8192, max: 65536, entryBytes: 304 };
      const alone = (await run(["defaults", "--boot-line", bootLine, "--json"])).json();
      expect(alone).toMatchObject({ ...expected, meaning: expect.any(Array) as [] });
      expect((await run(["defaults", "--batch"], JSON.stringify({ bootLine }))).json()).toEqual(alone);
    });

    test.each([
      ["is no such line", ["--boot-line", "nothing"], "--boot-line"],
      ["comes with what it says itself", ["--boot-line", bootLine, "--kernel", "2.6.18"], "--kernel"],
    ])("that %s exits 2 and names the flag", async (_what, flags, named) => {
      const { code, err } = await run(["defaults", ...flags]);
      expect(code).toBe(2);
      expect(err).toContain(`  - ${named}`);
    });
  });

  test("answers every line of a batch in order, a bad one with its mistakes, and exits 0", async () => {
    const good = JSON.stringify({ kernel: "2.4.20", arch: "i386", memTotalKiB: 65536 });
    const { code, out } = await run(["defaults", "--batch"], `${good}\n{"kernel":1}\nnonsense\n\n${good}\n`);
    expect(code).toBe(0);
    const answers = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { max?: number; error?: { problems: { path: string }[] } });
    expect(answers.map(({ max, error }) => max ?? error?.problems.map(({ path }) => path))).toEqual([
      4096,
      ["kernel", "arch", "memTotalKiB"],
      ["request"],
      4096,
    ]);
  });

  test("names the flags of all mistakes at once and exits 2", async () => {
    const wrong = ["--kernel", "six", "--arch", "z80", "--mem-total-kib", "-5", "--hashsize", "many"];
    const { code, out, err } = await run(["defaults", ...wrong]);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toMatch(/--hashsize = "many"[\s\S]*--kernel = "six"[\s\S]*--arch = "z80"[\s\S]*--mem-total-kib = -5/);
  });

  test("says mistakes as JSON where JSON was asked for", async () => {
    const { code, json } = await run(["defaults", "--json"]);
    expect(code).toBe(2);
    expect(json()).toMatchObject({
      error: { message: expect.any(String) as string, problems: expect.any(Array) as [] },
    });
  });
});

describe("timeouts", () => {
  test("lists every timeout of a kernel with its seconds", async () => {
    const { code, out } = await run(["timeouts", "--kernel", "6.1.0-50-cloud-amd64"]);
    expect(code).toBe(0);
    expect(out).toMatch(/nf_conntrack_tcp_timeout_established +432000 +5 days/);
  });

  test("answers a batch", async () => {
    const { out } = await run(["timeouts", "--batch"], '{"kernel":"5.10.0-46-cloud-amd64"}\n');
    expect(JSON.parse(out)).toMatchObject({ timeouts: { nf_conntrack_udp_timeout_stream: 120 } });
  });
});

describe("plan", () => {
  const flags = ["--kernel", "6.1.0-50-cloud-amd64", "--memory-mib", "8192"];

  test("shows every setting with its reason, the memory and how long idle entries stay", async () => {
    const { code, out } = await run(["plan", ...flags, "--role", "nat", "--timeout", "nf_conntrack_udp_timeout=20"]);
    expect(code).toBe(0);
    expect(out).toMatch(/max +262144 +The kernel alone takes 262144/);
    expect(out).toMatch(/nf_conntrack_udp_timeout +20 +Set by hand/);
    expect(out).toContain("never swapped");
    expect(out).toContain("up to 5 days");
  });

  test("takes RAM, machine and cores from an instance type", async () => {
    const rest = ["--kernel", "6.1.0-50-cloud-amd64", "--role", "kubernetesNode", "--json"];
    const { code, json } = await run(["plan", "--instance-type", "m6g.4xlarge", ...rest]);
    expect(code).toBe(0);
    const declared = ["--memory-mib", "65536", "--arch", "aarch64", "--cores", "16"];
    expect((await run(["plan", ...declared, ...rest])).json()).toEqual(json());
  });

  test.each([
    ["is unknown", ["--instance-type", "m5.lrge"], '--instance-type = "m5.lrge"'],
    ["contradicts the machine", ["--instance-type", "m5.large", "--arch", "aarch64"], '--arch = "aarch64"'],
    ["says nothing of the kernel", ["--instance-type", "m5.large"], "--kernel"],
  ])("with an instance type that %s exits 2 and names the flag", async (_what, words, named) => {
    const known = named === "--kernel" ? [] : ["--kernel", "6.1.0-50-cloud-amd64"];
    const { code, err } = await run(["plan", ...words, ...known]);
    expect(code).toBe(2);
    expect(err.match(/^ {2}- .*/gm)).toEqual([expect.stringContaining(named)]);
  });

  test("answers a batch with plans and mistakes", async () => {
    const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };
    const { code, out } = await run(
      ["plan", "--batch"],
      `${JSON.stringify({ facts })}\n${JSON.stringify({ facts, settings: { max: 1 } })}\n`,
    );
    expect(code).toBe(0);
    const [first = "", second = ""] = out.split("\n");
    expect(JSON.parse(first)).toMatchObject({ settings: { max: 262144 }, kernelDefault: { max: 262144 } });
    expect(JSON.parse(second)).toMatchObject({ error: { problems: [{ path: "settings.max", value: 1 }] } });
  });

  test.each([
    ["a number that is none", ["--max", "many"], "--max"],
    ["a role that is none", ["--role", "router"], "--role"],
    ["a timeout without seconds", ["--timeout", "nf_conntrack_udp_timeout"], "nf_conntrack_udp_timeout"],
    ["a flood with a tail", ["--flood", "tcp=100x5x6"], 'traffic.flood.seconds = "5x6": must be a number'],
    ["a load with a tail", ["--load", "webFront=5=7"], 'traffic.loads[0].size = "5=7": must be a number'],
    ["a peak factor of no load", ["--peak-factor", "5"], "--peak-factor = 5: multiplies loads and classes"],
  ])("refuses %s by its name", async (_what, more, words) => {
    const { code, err } = await run(["plan", ...flags, ...more]);
    expect(code).toBe(2);
    expect(err).toContain(words);
  });
});

describe("plan exits by the verdict", () => {
  const flags = ["plan", "--memory-mib", "65536", "--kernel", "6.12.107", "--max", "262144"];
  /** 600000 entries within 30 s, for 262144. */
  const overfull = [...flags, "--flood", "udp=20000x30"];

  test("with 0 where the settings passed", async () => {
    expect((await run([...flags, "--flood", "udp=100x30"])).code).toBe(0);
  });

  test("with 1 where they failed, whether that is an error or a warning", async () => {
    const refused = await run(overfull);
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toContain("traffic: ");
    const warned = await run([...overfull, "--on-verdict", "warn", "--json"]);
    expect(warned.code).toBe(1);
    expect(warned.json()).toMatchObject({ verdict: { outcome: "failed" } });
  });

  test("with 1 where no table of this host carries the load", async () => {
    const { code, err } = await run(["plan", "--memory-mib", "256", "--kernel", "6.12.107", "--flood", "udp=20000x30"]);
    expect(code).toBe(1);
    expect(err).toMatch(/traffic: needs \d+ entries/);
  });

  test("with 2 where the request itself is wrong, whatever its load would come to", async () => {
    expect((await run([...overfull, "--role", "router"])).code).toBe(2);
    expect((await run([...overfull, "--max", "1"])).code).toBe(2);
  });

  test("but with 0 in a batch, where every line was answered", async () => {
    const facts = { memoryMiB: 65536, kernel: "6.12.107", arch: "x86_64" };
    const flood = { protocol: "udp", newPerSecond: 20000, seconds: 30 };
    const { code, out } = await run(
      ["plan", "--batch"],
      JSON.stringify({ facts, settings: { max: 262144 }, traffic: { flood } }),
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toHaveProperty("error.problems");
  });
});

test.each([[["--help"]], [["plan", "--help"]], [["facts", "--help"]]])("%j teaches and exits 0", async (words) => {
  const { code, out } = await run(words);
  expect(code).toBe(0);
  expect(out).toMatch(/Usage: pulumi-conntrack/);
});

test.each([[["plann"]], [["plan", "--no-such-flag"]], [["facts"]]])("%j is wrong use and exits 2", async (words) => {
  const { code, err } = await run(words);
  expect(code).toBe(2);
  expect(err).not.toBe("");
});
