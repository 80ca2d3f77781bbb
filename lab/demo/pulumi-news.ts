/** What of `pulumi`'s output is news. Without a terminal each row of its table comes anew at every step. */
import type { Say } from "../run";

const titles = /^(Diagnostics|Outputs|Resources):/;
const ending = /^(Previewing update|Updating|Destroying|Duration:|The resources in the stack have been deleted)/;

/** Passes the diagnostics, outputs and counts of each run on, and drops its table. */
export const pulumiNews = (say: Say): Say => {
  let shown = false;
  let blank = false;
  return (line) => {
    if (titles.test(line)) shown = true;
    if (ending.test(line)) [shown, blank] = [false, false];
    if (!shown) return;
    if (line.trim() !== "") {
      if (blank) say("");
      say(line);
    }
    blank = line.trim() === "";
  };
};
