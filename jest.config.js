// One project per kind of test: only `engine` and `hosts` need programs beyond Node (see CONTRIBUTING.md).
const transpiled = (tsconfig) => ["ts-jest", { diagnostics: false, tsconfig }];
const common = {
  preset: "ts-jest",
  // Types are checked once by `tsc`; here each file is only transpiled.
  transform: {
    "^.+\\.ts$": transpiled("tsconfig.json"),
    // Jest cannot load an ECMAScript module from CommonJS on Node 20.
    "/node_modules/unbash/.+\\.js$": transpiled({ allowJs: true }),
  },
  transformIgnorePatterns: ["/node_modules/(?!unbash/)"],
  testEnvironment: "node",
  testEnvironmentOptions: { globalsCleanup: "off" },
  setupFiles: ["<rootDir>/test/support/random-seed.ts"],
};
const project = (name, extra = {}) => ({
  ...common,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  ...extra,
});
module.exports = {
  projects: [project("unit"), project("component"), project("script"), project("engine"), project("hosts")],
  testTimeout: 120_000,
};
