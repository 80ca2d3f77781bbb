/** The schema by which other languages import the package, as the build makes it from the sources and ships it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import manifest from "../../package.json";
import { isFields, type Fields } from "../../src/validation/fields";

const file = path.resolve(__dirname, "../../dist/src/component/provider/schema.json");
const { version, ...schema } = JSON.parse(readFileSync(file, "utf8")) as Fields;

/** Each part of the schema that a person may ask for, with its path. */
const described = (value: unknown, at: string): readonly (readonly [string, Fields])[] =>
  isFields(value)
    ? Object.entries(value).flatMap(([name, each]) => {
        if (!isFields(each)) return [];
        const below = ["inputProperties", "properties", "inputs", "outputs"].flatMap((key) =>
          described(key === "inputs" || key === "outputs" ? { [key]: each[key] } : each[key], `${at}${name}.`),
        );
        return name === "inputs" || name === "outputs" ? below : [[`${at}${name}`, each] as const, ...below];
      })
    : [];

const parts = ["types", "resources", "functions"].flatMap((key) => described(schema[key], ""));

test("it carries the version of the package", () => {
  expect(version).toBe(manifest.version);
});

test("other languages see the components, the waves and the function with what is pinned here", () => {
  expect(schema).toMatchSnapshot();
});

test("every type and every property says what it is", () => {
  expect(parts.length).toBeGreaterThan(100);
  expect(parts.filter(([, { description }]) => typeof description !== "string" || description === "")).toEqual([]);
});

test("private keys, passphrases, passwords and the logins of a wave are marked as secrets, and nothing else is", () => {
  const secret = parts.filter(([, part]) => part.secret === true).map(([name]) => name.replace(/^.*\./, ""));
  expect(new Set(secret)).toEqual(new Set(["privateKey", "privateKeyPassphrase", "password", "connections"]));
});
