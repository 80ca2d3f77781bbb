// Holds the order of folders that CONTRIBUTING.md draws: each stands on those before it, and nothing points upwards.
const column = [
  ["validation", "text"],
  ["kernel"],
  ["simulation"],
  ["sizing"],
  ["plan"],
  ["target"],
  ["delivery"],
  ["fleet"],
  ["component"],
  ["cli"],
];
/** A browser runs the same core, so these import nothing of Node. */
const core = column
  .slice(
    0,
    column.findIndex(([name]) => name === "delivery"),
  )
  .flat();

/** What the core uses of npm: all of it runs in a browser. */
const packagesOfTheCore = [
  "zod",
  "@noble/hashes",
  "d3-array",
  "d3-shape",
  "asciichart",
  "cli-table3",
  "fastest-levenshtein",
];

const sources = (names) => `^src/(${names.join("|")})/`;

/** Each step of an order may import those before it. */
const order = (steps, pathOf) =>
  steps.slice(0, -1).map((step, index) => ({
    name: `${step.join("-and-")}-looks-down`,
    comment: "The layout in CONTRIBUTING.md: move the shared part further down.",
    severity: "error",
    from: { path: pathOf(step) },
    to: { path: pathOf(steps.slice(index + 1).flat()) },
  }));

const within = (folder, ...names) =>
  order(
    names.map((name) => [name]),
    (step) => `^${folder}/(${step.join("|")})[/.]`,
  ).map((rule) => ({ ...rule, name: `${folder}: ${rule.name}` }));

module.exports = {
  forbidden: [
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
    ...order(column, sources),
    {
      name: "validation-and-text-stand-alone",
      severity: "error",
      from: { path: "^src/(validation|text)/" },
      to: { path: "^src/(validation|text)/", pathNot: "^src/$1/" },
    },
    ...within("src/simulation", "scenario", "engine", "report", "simulate"),
    ...within("src/delivery", "answer", "script", "ssh"),
    ...within(
      "policies",
      "raw-writes",
      "subjects",
      "violation",
      "rule",
      "earlier-hosts",
      "rules",
      "catalogue",
      "presets",
      "audit",
      "engine",
    ),
    {
      name: "policies-below-the-shells",
      comment: "Policies judge values of the core, never the component's internals nor the command line.",
      severity: "error",
      from: { path: "^policies/" },
      to: { path: sources(["component", "cli"]) },
    },
    {
      name: "only-the-command-line-uses-policies",
      severity: "error",
      from: { path: "^src/(?!cli/)" },
      to: { path: "^policies/" },
    },
    {
      name: "core-without-node",
      comment: "A page in the browser runs the same core.",
      severity: "error",
      from: { path: sources(core) },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "core-with-few-packages",
      severity: "error",
      from: { path: sources(core) },
      to: { path: "node_modules/", pathNot: `node_modules/(${packagesOfTheCore.join("|")})/` },
    },
    {
      name: "every-folder-has-its-place",
      comment: "A new folder of src belongs into the column, one of policies into their order.",
      severity: "error",
      from: { path: "^src/(?!index\\.ts$)", pathNot: sources(column.flat()) },
      to: {},
    },
    {
      name: "the-product-stands-alone",
      comment: "Nothing below src/index.ts looks at it, and nothing of the product at tests, tools or examples.",
      severity: "error",
      from: { path: "^(src|policies)/" },
      to: { path: "^(src/index\\.ts$|lab/|test/|bench/|examples/|dist/)" },
    },
    {
      name: "pulumi-only-in-its-shells",
      severity: "error",
      from: { path: "^(src|policies)/", pathNot: "^(src/component|policies/engine)/" },
      to: { path: "node_modules/@pulumi/" },
    },
    { name: "nothing-unresolved", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "require", "node", "default"] },
    doNotFollow: { path: "node_modules" },
  },
};
