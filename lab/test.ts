/**
 * `npm test [-- STEP... PATTERN...]`: runs the steps in order and ends with `N passed, N failed, N skipped`.
 * Words that name a step (lint, layout, format, types, shellcheck, checkbashisms, unit, component, script, engine, hosts)
 * choose steps; other words choose test files: `npm test -- unit kernel`.
 */
import { ensureEngine } from "./engine/ensure-engine";
import { ensureLanguages } from "./engine/ensure-languages";
import { sayAloud } from "./run";
import { type Step, steps, stepsWithEngine, type Tally } from "./test-steps";

/** Makes all that Pulumi needs ready before jest starts, so that a build of minutes is seen; a missing one is a failure. */
const engineStep: Step = {
  name: "engine, language hosts and command plugin",
  work: async () => {
    try {
      const engine = await ensureEngine();
      await ensureLanguages(engine, sayAloud);
      const { commandPlugin } = engine;
      const skipped = commandPlugin.kind === "official" ? [] : [`the official command plugin: ${commandPlugin.origin}`];
      return { passed: 1, failed: 0, skipped };
    } catch (error) {
      sayAloud(error instanceof Error ? error.message : String(error));
      return { passed: 0, failed: 1, skipped: [] };
    }
  },
};

const chosenSteps = (words: readonly string[]): readonly Step[] => {
  const named = steps.filter(({ name }) => words.includes(name));
  const chosen = named.length === 0 ? steps : named;
  const firstWithEngine = chosen.findIndex(({ name }) => stepsWithEngine.includes(name));
  return firstWithEngine < 0
    ? chosen
    : [...chosen.slice(0, firstWithEngine), engineStep, ...chosen.slice(firstWithEngine)];
};

const main = async (words: readonly string[]): Promise<number> => {
  const chosen = chosenSteps(words);
  const patterns = words.filter((word) => !steps.some(({ name }) => name === word));
  const tallies: Tally[] = [];
  for (const [index, step] of chosen.entries()) {
    const title = `[${index + 1}/${chosen.length}] ${step.name}`;
    sayAloud(`${title} ...`);
    const start = Date.now();
    const tally = await step.work(patterns);
    tallies.push(tally);
    const seconds = ((Date.now() - start) / 1000).toFixed(1);
    sayAloud(
      `${title}: ${tally.passed} passed, ${tally.failed} failed, ${tally.skipped.length} skipped (${seconds} s)`,
    );
  }
  const skipped = tallies.flatMap((tally) => tally.skipped);
  const sum = (part: "failed" | "passed") => tallies.reduce((total, tally) => total + tally[part], 0);
  skipped.forEach((line) => sayAloud(`skipped: ${line}`));
  sayAloud(`${sum("passed")} passed, ${sum("failed")} failed, ${skipped.length} skipped`);
  return sum("failed") === 0 ? 0 : 1;
};

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
