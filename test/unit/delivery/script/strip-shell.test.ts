import { stripShell } from "../../../../src/delivery/script/strip-shell";

test("comments, indentation and empty lines go", () => {
  expect(stripShell("# reason\nif true\nthen\n\n  # more\n  ls -l\nfi\n")).toBe("if true\nthen\nls -l\nfi\n");
});

test("names of ours become short, the same everywhere, and functions and variables each from a", () => {
  const source = '_count() {\n  _value=$1\n  echo "${_value}_max $_value"\n}\n_count _value\n';
  expect(stripShell(source)).toBe('a(){\na=$1\necho "${a}_max $a"\n}\na a\n');
});

test("a short name never takes the place of a variable that is there already", () => {
  expect(stripShell("a=1\n_own=2\necho $a $_own\n")).toBe("a=1\nb=2\necho $a $b\n");
});

test("names of the kernel that hold an underscore stay", () => {
  const source = "ls nf_conntrack_max ${x}_count ??_conntrack_max .._max\n";
  expect(stripShell(source)).toBe(source);
});

test("blanks around operators go, but never inside quotes", () => {
  expect(stripShell("a && b || c | d; e >f\n")).toBe("a&&b||c|d;e>f\n");
  const quoted = "echo 'a && b' \"c | d; 'e' && f\" g\\' '\n";
  expect(stripShell(quoted)).toBe(quoted);
});

test("the blank behind a case's pattern and its last semicolons go", () => {
  const source = 'case $x in\n  a | b*) echo 1 ;;\n  "c d") echo $(ls) 2\n    ;;\nesac\ncase $y in z) f ;; esac\n';
  expect(stripShell(source)).toBe('case $x in\na|b*)echo 1;;\n"c d") echo $(ls) 2\nesac\ncase $y in z)f;esac\n');
});

test("stripping twice is stripping once", () => {
  const source = "_f() {\n  echo a && echo b\n}\n_f\n";
  expect(stripShell(stripShell(source))).toBe(stripShell(source));
});
