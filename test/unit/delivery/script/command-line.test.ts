import fc from "fast-check";
import {
  applyCommand,
  factsCommand,
  restoreCommand,
  verifyCommand,
} from "../../../../src/delivery/script/command-line";
import { scriptIdentity } from "../../../../src/delivery/script/script";
import { hostToken } from "../../../../src/delivery/script/token";
import { ProblemsError } from "../../../../src/validation/problems";
import { grown as request } from "../../../support/planned-requests";

/** The files of the target on a 6.1, as words. */
const fileWords = [
  "for=module:moduleInUse:builtin:notLoaded file=/etc/sysctl.d/zz-pulumi-conntrack.conf",
  "line==043=040pulumi-conntrack=054=040do=040not=040edit line==l",
  "for=module:moduleInUse:notLoaded file=/etc/udev/rules.d/zz-pulumi-conntrack.rules",
  "line==043=040pulumi-conntrack=054=040do=040not=040edit",
  "line=ACTION=075=075=042add=042=054SUBSYSTEM=075=075=042module=042=054KERNEL=075=075=042nf_conntrack=042=054RUN=053=075=042/bin/sh=040-c=040=047for=040i=040in=0401=0402=0403=073do=040sysctl=040-p=040/etc/sysctl.d/zz-pulumi-conntrack.conf=046=046break=073sleep=0401=073done=047=042",
  "for=moduleInUse file=/etc/modules-load.d/zz-pulumi-conntrack.conf",
  "line==043=040pulumi-conntrack=054=040do=040not=040edit line=nf_conntrack",
  "for=module:moduleInUse:notLoaded file=/etc/modprobe.d/zz-pulumi-conntrack.conf",
  "line==043=040pulumi-conntrack=040=173 line==040options=040nf_conntrack=040hashsize=075=b line==043=040pulumi-conntrack=040=175",
].join(" ");
const scriptWord = `script=${scriptIdentity.version}:${scriptIdentity.sha256}`;

test("apply is one line with its words in a fixed order: owner, guards, kernel, values, files, script", () => {
  // 90 % of 8388608 KiB; 102760448 bytes are 100352 KiB, which need 32 times as much RAM.
  expect(applyCommand(request)).toBe(
    "sh -s -- apply token=project/stack/web1 minRamKiB=7549748 minLowKiB=3211264 tableKiB=2048 module=nf_conntrack writable=1 hashsize=live chainLimit=1 buckets=262144 max=262144 nf_conntrack_tcp_timeout_established=86400 nf_conntrack_udp_timeout=20 " +
      `${fileWords} ${scriptWord}`,
  );
});

test("the order of the timeouts in the plan does not matter", () => {
  const reversed = Object.fromEntries(Object.entries(request.settings.timeouts).reverse());
  expect(applyCommand({ ...request, settings: { ...request.settings, timeouts: reversed } })).toBe(
    applyCommand(request),
  );
});

test("one changed timeout changes one word", () => {
  const timeouts = { ...request.settings.timeouts, nf_conntrack_udp_timeout: 25 };
  const words = applyCommand({ ...request, settings: { ...request.settings, timeouts } }).split(" ");
  const changed = words.filter((word, index) => word !== applyCommand(request).split(" ")[index]);
  expect(changed).toEqual(["nf_conntrack_udp_timeout=25"]);
});

test("sudo never asks for a password", () => {
  expect(restoreCommand({ sudo: true, token: "a/b/c" })).toBe(`sudo -n sh -s -- restore token=a/b/c ${scriptWord}`);
  expect(factsCommand({ sudo: true })).toBe(`sudo -n sh -s -- facts ${scriptWord}`);
});

test("verify carries the plan without the limits of apply", () => {
  expect(verifyCommand(request)).toBe(
    "sh -s -- verify token=project/stack/web1 module=nf_conntrack writable=1 hashsize=live chainLimit=1 buckets=262144 max=262144 nf_conntrack_tcp_timeout_established=86400 nf_conntrack_udp_timeout=20 " +
      `${fileWords} ${scriptWord}`,
  );
});

test.each([
  [{ resizable: true, acceptsHashsize: true }, "hashsize=live"],
  [{ resizable: false, acceptsHashsize: true }, "hashsize=load"],
  [{ resizable: false, acceptsHashsize: false }, "hashsize=none"],
])("a kernel with %j says %s", (change, word) => {
  const tableSize = { ...request.rules.tableSize, ...change };
  expect(applyCommand({ ...request, rules: { ...request.rules, tableSize } }).split(" ")).toContain(word);
});

const metacharacters = Array.from(" \t\n;&|<>()$`\\\"'*?[]#~!{}%^,@+\u0000é");

test.each(metacharacters)("a token with %j is refused", (character) => {
  expect(() => restoreCommand({ sudo: false, token: `a${character}b` })).toThrow(ProblemsError);
});

test("every mistake is named, not only the first", () => {
  const settings = { max: 1.5, buckets: -1, timeouts: { "nf_conntrack_$(reboot)": 1, net: 2 } };
  try {
    applyCommand({ ...request, token: "a b", settings });
    throw new Error("was accepted");
  } catch (error) {
    expect(error).toBeInstanceOf(ProblemsError);
    const paths = (error as ProblemsError).problems.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(["token", "max", "buckets", "nf_conntrack_$(reboot)", "net"]));
  }
});

test("whatever the names, a token is accepted, and different owners have different tokens", () => {
  const name = fc.string({ minLength: 1, unit: "grapheme" });
  const owner = fc.tuple(name, name, name);
  fc.assert(
    fc.property(owner, owner, (one, other) => {
      const token = hostToken(...one);
      expect(restoreCommand({ sudo: false, token })).toBe(`sh -s -- restore token=${token} ${scriptWord}`);
      expect(hostToken(...other) === token).toBe(one.every((part, index) => part === other[index]));
    }),
  );
});

test("ordinary names stay readable in a token", () => {
  expect(hostToken("shop", "prod", "web-1.example")).toBe("shop/prod/web-1.example");
  expect(hostToken("shop", "org/prod", "a b")).toBe("shop/org=2fprod/a=20b");
});
