/** The lines about hosts that failed. */
import { failureLines } from "../../../../src/fleet/wave/report-lines";

const names = Array.from({ length: 50 }, (_, index) => `h${index}`);
const failures = (reasonOf: (name: string) => string) =>
  Object.fromEntries(names.map((name) => [name, reasonOf(name)]));

test("hosts that fail alike share a line, which names each of them", () => {
  const [line = "", ...others] = failureLines(failures(() => "connection refused. Check port and route."));
  expect(others).toEqual([]);
  expect(line).toMatch(/^h0, h1, h10, .*, h9: connection refused\. Check port and route\.$/);
  expect(line.split(":")[0]?.split(", ").sort()).toEqual([...names].sort());
});

test("a host's own name in the token of its owner does not keep it from the line of the others", () => {
  expect(failureLines(failures((name) => `the host belongs to shop/prod/${name}/1: destroy that first`))).toEqual([
    expect.stringMatching(/^h0, h1, .*: the host belongs to shop\/prod\/\.\.\.\/1: destroy that first$/),
  ]);
  expect(failureLines({ web1: "the host belongs to shop/prod/web1/1: destroy that first" })).toEqual([
    "web1: the host belongs to shop/prod/web1/1: destroy that first",
  ]);
});

test("after twenty reasons the rest is counted", () => {
  expect(failureLines(failures((name) => `fails like ${name}`))).toHaveLength(21);
  expect(failureLines(failures((name) => `fails like ${name}`)).at(-1)).toBe("and 30 more");
});
