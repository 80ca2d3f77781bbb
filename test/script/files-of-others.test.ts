/** Files of others keep every byte but our lines; what stood in the place of our files comes back. */
import {
  chmodSync,
  chownSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { applyCommand, restoreCommand } from "../../src/delivery/script/command-line";
import { grown, grownLegacy } from "../support/planned-requests";
import { answerOf, failureOf, hostWith } from "./script-run";
import { shells, type SimulatedHost } from "./simulated-host";
import { legacyModule, modernModule } from "./simulated-kernels";

const applyLegacy = applyCommand(grownLegacy);
const restoreLegacy = restoreCommand({ sudo: false, token: grownLegacy.token });

/** As hand-written files are: blank lines, no UTF-8, carriage returns, spaces at the end. */
const handWritten = Buffer.from("\n\nalias eth0 e1000  \n# caf\xe9\r\n\\tail\\ \t\n\n", "latin1");
const mine = 12345;

describe.each(shells)("in %s", (shell) => {
  describe("/etc/modprobe.conf", () => {
    /** It is a link, has a mode of its own, and an owner where tests may give it one. */
    const make = (text: Buffer): { readonly host: SimulatedHost; readonly link: string; readonly file: string } => {
      const host = hostWith(legacyModule);
      const [link, file] = [join(host.root, "etc/modprobe.conf"), join(host.root, "etc/modprobe.conf.dist")];
      renameSync(link, file);
      symlinkSync("modprobe.conf.dist", link);
      writeFileSync(file, text);
      chmodSync(file, 0o640);
      if (process.getuid?.() === 0) chownSync(file, mine, mine);
      return { host, link, file };
    };
    const expectKept = (link: string, file: string): void => {
      expect(readlinkSync(link)).toBe("modprobe.conf.dist");
      const { mode, uid } = statSync(file);
      expect((mode & 0o7777).toString(8)).toBe("640");
      expect(uid).toBe(process.getuid?.() === 0 ? mine : process.getuid?.());
    };

    test("keeps its mode, its owner, its link, and every byte outside our lines", () => {
      const { host, link, file } = make(handWritten);
      answerOf(host, applyLegacy, { shell });
      expectKept(link, file);
      const text = readFileSync(file);
      expect(text.subarray(0, handWritten.length)).toEqual(handWritten);
      expect(text.subarray(handWritten.length).toString()).toMatch(
        /^# pulumi-conntrack \{\n( .*\n)+# pulumi-conntrack \}\n$/,
      );
      answerOf(host, restoreLegacy, { shell });
      expectKept(link, file);
      expect(readFileSync(file)).toEqual(handWritten);
    });

    test("that others change around our lines keeps their change", () => {
      const { host, file } = make(handWritten);
      answerOf(host, applyLegacy, { shell });
      writeFileSync(file, Buffer.concat([Buffer.from("first\n"), readFileSync(file), Buffer.from("last\n")]));
      answerOf(host, restoreLegacy, { shell });
      expect(readFileSync(file)).toEqual(Buffer.concat([Buffer.from("first\n"), handWritten, Buffer.from("last\n")]));
    });

    test("whose last line has no end gets a line feed there, and keeps all else", () => {
      const text = Buffer.from("alias eth0 e1000\nalias eth1 e1000");
      const { host, link, file } = make(text);
      answerOf(host, applyLegacy, { shell });
      answerOf(host, restoreLegacy, { shell });
      expectKept(link, file);
      expect(readFileSync(file).toString()).toBe(`${text.toString()}\n`);
    });

    test("whose end of our lines is lost is left alone, because those of others would go with them", () => {
      const { host, file } = make(handWritten);
      answerOf(host, applyLegacy, { shell });
      const damaged = `${readFileSync(file).toString().replace("# pulumi-conntrack }\n", "")}alias later z\n`;
      writeFileSync(file, damaged);
      expect(failureOf(host, restoreLegacy, { shell })).toMatchObject({ status: 3, step: "persist" });
      expect(readFileSync(file).toString()).toBe(damaged);
    });

    test("has a neighbour called modprobe.conf.new, which is somebody's and stays", () => {
      const { host } = make(handWritten);
      host.write({ "etc/modprobe.conf.new": "alias mine\n" });
      answerOf(host, applyLegacy, { shell });
      answerOf(host, restoreLegacy, { shell });
      expect(host.read("etc/modprobe.conf.new")).toBe("alias mine\n");
    });
  });

  describe("a mask, the link to /dev/null in the place of our file,", () => {
    const name = "etc/sysctl.d/zz-pulumi-conntrack.conf";
    const apply = applyCommand(grown);
    const restore = restoreCommand({ sudo: false, token: grown.token });
    const make = (): SimulatedHost => {
      const host = hostWith(modernModule);
      symlinkSync("/dev/null", join(host.root, name));
      return host;
    };

    test("comes back on restore, after a second run too", () => {
      const host = make();
      const before = host.snapshot("");
      answerOf(host, apply, { shell });
      expect(lstatSync(join(host.root, name)).isFile()).toBe(true);
      expect(answerOf(host, apply, { shell })).toMatchObject({ changed: false });
      answerOf(host, restore, { shell });
      expect(host.withoutAudit()).toEqual(before);
    });

    test("comes back where the run fails, and what failed leaves nothing to come back later", () => {
      const host = make();
      const before = host.snapshot("");
      const refuse = 'mv() { case "$*" in *modprobe.d/zz-pulumi-conntrack.conf) return 1;; esac; command mv "$@"; }\n';
      expect(failureOf(host, apply, { shell, prelude: refuse })).toMatchObject({ status: 3, step: "persist" });
      expect(host.withoutAudit()).toEqual(before);
      host.delete(name);
      const unmasked = host.withoutAudit();
      answerOf(host, apply, { shell });
      answerOf(host, restore, { shell });
      expect(host.withoutAudit()).toEqual(unmasked);
    });
  });

  test("an empty file in the place of ours comes back empty on restore, and where the run fails", () => {
    const empty = "etc/sysctl.d/zz-pulumi-conntrack.conf";
    const host = hostWith(modernModule, { [empty]: "" });
    const restore = restoreCommand({ sudo: false, token: grown.token });
    const refuseMove = 'mv() { case "$*" in *modprobe.d*) return 1;; esac; command mv "$@"; }\n';
    expect(failureOf(host, applyCommand(grown), { shell, prelude: refuseMove }).status).toBe(3);
    expect(host.read(empty)).toBe("");
    answerOf(host, applyCommand(grown), { shell });
    answerOf(host, restore, { shell });
    expect(host.read(empty)).toBe("");
  });

  test("a folder in the place of our file at the end is an error, and the original is not moved into it", () => {
    const path = "etc/sysctl.d/zz-pulumi-conntrack.conf";
    const host = hostWith(modernModule, { [path]: "kernel.panic = 1\n" });
    answerOf(host, applyCommand(grown), { shell });
    host.delete(path);
    host.write({ [`${path}/`]: "" });
    const failure = failureOf(host, restoreCommand({ sudo: false, token: grown.token }), { shell });
    expect(failure).toMatchObject({ step: "persist" });
    expect(host.read(`var/lib/pulumi-conntrack/originals/${path}`)).toBe("kernel.panic = 1\n");
  });
});
