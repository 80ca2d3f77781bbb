import tseslint from "typescript-eslint";

const pulumi = {
  group: ["@pulumi/*"],
  message:
    "Only src/component, policies/library and policies/index may import @pulumi/*: the core stays pure (see CONTRIBUTING.md).",
};
const policies = {
  group: ["**/policies/**"],
  message: "Only the audit command uses the policies: they judge the core, which knows nothing of them.",
};
const edges = {
  group: ["**/src/component/**", "**/src/cli/**"],
  message: "Policies read the pure core, never the component's internals nor the command line.",
};
const without = (files, ignores, ...patterns) => ({
  files,
  ignores,
  rules: { "no-restricted-imports": ["error", { patterns }] },
});
const auditCommand = ["src/cli/audit*.ts", "src/cli/junit-report.ts"];
const engineShell = ["policies/library.ts", "policies/index.ts"];

export default tseslint.config(
  { ignores: ["dist", "node_modules", "**/*.js", "**/*.mjs"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      // A leading underscore says that a field is named only to leave it out.
      "@typescript-eslint/no-unused-vars": ["error", { varsIgnorePattern: "^_", argsIgnorePattern: "^_" }],
    },
  },
  without(["src/**/*.ts"], ["src/component/**", ...auditCommand], pulumi, policies),
  without(["src/component/**/*.ts"], [], policies),
  without(auditCommand, [], pulumi),
  without(["policies/**/*.ts"], engineShell, pulumi, edges),
  without(engineShell, [], edges),
);
