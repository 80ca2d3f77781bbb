import tseslint from "typescript-eslint";

const pulumiOnlyIn = "Only src/component and policies may import @pulumi/*: the core stays pure (see CONTRIBUTING.md).";

export default tseslint.config(
  { ignores: ["dist", "node_modules", "**/*.js", "**/*.mjs"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
    },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/component/**"],
    rules: {
      "no-restricted-imports": ["error", { patterns: [{ group: ["@pulumi/*"], message: pulumiOnlyIn }] }],
    },
  },
);
