import { printable, printableName } from "../../../src/text/printable";

test("what a terminal obeys, and what is not seen but turns a line around, is replaced", () => {
  // ESC, C1's CSI, RIGHT-TO-LEFT OVERRIDE, ZERO WIDTH SPACE, BYTE ORDER MARK, LINE SEPARATOR.
  const hostile = "\u001b[2J\u009b1m\u202e\u200b\ufeff\u2028";
  expect(printable(`6.1${hostile}x`)).toBe("6.1\ufffd[2J\ufffd1m\ufffd\ufffd\ufffd\ufffdx");
});

test("letters of any script, tabs and line feeds stay, and in a name only letters do", () => {
  expect(printable("Zürich\t東京\n")).toBe("Zürich\t東京\n");
  expect(printableName("web\t1\n")).toBe("web\ufffd1\ufffd");
});
