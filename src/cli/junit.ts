/** JUnit reports, the XML that CI servers read. */
import junit from "junit-report-builder";
import { printable } from "../text/printable";

/** How a case ended. `said` is printed with it whatever it is. */
export interface JunitCase {
  readonly className: string;
  readonly name: string;
  readonly failure?: string;
  readonly error?: string;
  readonly isSkipped?: boolean;
  readonly said?: string;
  /** Kind of the failure or error. */
  readonly type?: string;
}

export interface JunitSuite {
  readonly name: string;
  readonly cases: readonly JunitCase[];
}

/** The library ends a CDATA section rightly at the first `]]>` of a text only. */
const inCdata = (text: string): string => text.replaceAll("]]>", "]] >");

export const junitXml = (suites: readonly JunitSuite[]): string => {
  const builder = junit.newBuilder();
  for (const { name: suiteName, cases } of suites) {
    const suite = builder.testSuite().name(suiteName);
    for (const { className, name, failure, error, isSkipped, said, type } of cases) {
      const testCase = suite.testCase().className(className).name(name);
      if (error !== undefined) testCase.error(error, type);
      if (failure !== undefined) testCase.failure(failure, type);
      if (isSkipped === true) testCase.skipped();
      if (said !== undefined) testCase.standardOutput(inCdata(said));
    }
  }
  return printable(builder.build());
};
