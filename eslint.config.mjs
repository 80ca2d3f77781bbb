import tseslint from "typescript-eslint";

// Which folder may import which is held by .dependency-cruiser.cjs; these are names that need no import.
const ofNode = ["process", "Buffer", "require", "module", "__dirname", "__filename", "global", "setImmediate"];

export default tseslint.config(
  { ignores: ["dist", "node_modules", "**/*.js", "**/*.mjs", "**/*.cjs"] },
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
  {
    files: ["validation", "text", "kernel", "simulation", "sizing", "plan", "target"].map(
      (name) => `src/${name}/**/*.ts`,
    ),
    rules: {
      "no-restricted-globals": [
        "error",
        ...ofNode.map((name) => ({
          name,
          message: "A browser runs this code too: nothing of Node below src/delivery.",
        })),
      ],
    },
  },
);
