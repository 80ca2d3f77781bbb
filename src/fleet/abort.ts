/** A controller that is aborted with `signal`, or by itself. */
export const abortedWith = (signal: AbortSignal): AbortController => {
  const controller = new AbortController();
  if (signal.aborted) controller.abort();
  else signal.addEventListener("abort", () => controller.abort(), { once: true, signal: controller.signal });
  return controller;
};
