/**
 * The schema by which other languages import the component, inferred by the SDK's own analyzer from the source.
 * Internal interfaces of @pulumi/pulumi 3.248: provider/experimental/{analyzer,schema}.
 */
import path from "node:path";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer";
import { generateSchema } from "@pulumi/pulumi/provider/experimental/schema";
import manifest from "../../package.json";

const root = path.resolve(__dirname, "../..");

test("other languages see the component with the arguments, types and outputs that are pinned here", () => {
  const { components, typeDefinitions, dependencies } = new Analyzer(
    root,
    "conntrack",
    manifest,
    new Set(["ConntrackTuning"]),
  ).analyze();
  const schema = generateSchema("conntrack", "0.0.0", "", components, typeDefinitions, dependencies);
  expect(schema).toMatchSnapshot();
});
