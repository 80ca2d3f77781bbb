/** The SDK's mock engine for component tests: records what is registered and what is logged. */
import * as pulumi from "@pulumi/pulumi";
import { printedReadBack, type PrintedReadBack } from "./tuned-host";

/** Marks of the wire format; source: sdk/nodejs/runtime/rpc.ts. */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

/** True for a value that is a secret on the wire. */
export const hasSecretMark = (value: unknown): boolean =>
  typeof value === "object" && value !== null && (value as Record<string, unknown>)[signatureKey] === secretSignature;

const plainOf = (value: unknown): unknown => {
  if (hasSecretMark(value)) return plainOf((value as { value: unknown }).value);
  if (Array.isArray(value)) return value.map(plainOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainOf(item)]));
};

/** The value of an output, or the failure of its promise. */
export const untilSettled = <T>(output: pulumi.Output<T>): Promise<T> =>
  (output as unknown as { promise: () => Promise<T> }).promise();

/** Installs the mocks; one for each test file, because the SDK keeps them in globals. */
export const mockEngine = (project: string, stack: string, preview = false) => {
  const registered: Registered[] = [];
  const errors: string[] = [];
  const warnings: string[] = [];
  const state: { answer: Partial<PrintedReadBack>; stdout: string | undefined } = { answer: {}, stdout: undefined };
  /** What a host prints that was set exactly as its command says; nothing where no command runs. */
  const printedFor = (create: unknown): string =>
    typeof create === "string" ? printedReadBack(create, state.answer) : "";
  void pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const given = inputs as Record<string, unknown>;
        registered.push({ type, name, inputs: given });
        const stdout = state.stdout ?? printedFor(given.create);
        return { id: `${name}-id`, state: { ...given, ...(preview ? {} : { stdout, stderr: "" }) } };
      },
      call: () => ({}),
    },
    project,
    stack,
    preview,
  );
  jest.spyOn(pulumi.log, "error").mockImplementation((message) => {
    errors.push(message);
    return Promise.resolve();
  });
  jest.spyOn(pulumi.log, "warn").mockImplementation((message) => {
    warnings.push(message);
    return Promise.resolve();
  });
  return {
    registered,
    errors,
    warnings,
    /** What the host says otherwise than one that was set as asked. */
    set answer(value: Partial<PrintedReadBack>) {
      state.answer = value;
    },
    /** Text that the host prints instead. */
    set stdout(value: string) {
      state.stdout = value;
    },
    plain: plainOf,
    /** Waits until every registration that is under way has ended. */
    settle: () => pulumi.runtime.disconnect(),
    reset: () => {
      registered.length = 0;
      errors.length = 0;
      warnings.length = 0;
      state.answer = {};
      state.stdout = undefined;
    },
  };
};
