import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { compareVersions, engineVersion, languageHostVersion, yamlHostVersion } from "../../../lab/engine/versions";

test.each([
  ["cli", "github.com/pulumi/pulumi/pkg/v3", engineVersion],
  ["language-host", "github.com/pulumi/pulumi/sdk/v3", languageHostVersion],
  ["yaml-host", "github.com/pulumi/pulumi-yaml", yamlHostVersion],
])("the module %s builds the version of %s that is written down", (folder, module, version) => {
  const text = fs.readFileSync(path.resolve(__dirname, "../../../lab/engine", folder, "go.mod"), "utf8");
  expect(text).toContain(`\t${module} v${version} `);
});

describe("versions of programs", () => {
  it("are compared number by number, not letter by letter", () => {
    expect(compareVersions("3.99.0", "3.220.0")).toBeLessThan(0);
    expect(compareVersions("1.24.10", "1.24.7")).toBeGreaterThan(0);
    expect(compareVersions("1.21", "1.21.0")).toBe(0);
  });

  it("are in an order that does not depend on which comes first", () => {
    const version = fc.array(fc.nat({ max: 300 }), { minLength: 3, maxLength: 3 }).map((parts) => parts.join("."));
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
      }),
    );
  });
});
