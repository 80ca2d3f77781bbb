import { htmlText, markdownText } from "../../../src/text/markdown";

// CommonMark 0.31 section 2.4: a backslash makes punctuation literal. GitHub: @ and # before a word are references.
test.each([
  ["a table's cell does not end", "a|b", "a\\|b"],
  ["nothing is code", "`x`", "\\`x\\`"],
  ["nothing is emphasized", "**x** _y_", "\\*\\*x\\*\\* \\_y\\_"],
  ["an underscore within a word stays", "nf_conntrack_max", "nf_conntrack_max"],
  ["nothing is HTML or an entity", "<b>&lt;", "\\<b\\>\\&lt;"],
  ["nothing is a link or an image", "![x](y)", "!\\[x\\](y)"],
  ["nothing is an address", "http://x www.x.org", "http\\://x www\\.x.org"],
  ["nothing is a formula", "$x$", "\\$x\\$"],
  ["a backslash is itself", "a\\|b", "a\\\\\\|b"],
  ["nobody and no issue is mentioned", "@root #1", "@\u2060root #\u20601"],
  ["a line begins no heading", "# x", "\\# x"],
  ["a line begins no list", "- x", "\\- x"],
  ["a line begins no numbered list", "1. x", "1\u2060. x"],
  ["it is one line without commands to a terminal", "a\r\n\n b\u001b[2J", "a b\uFFFD\\[2J"],
])("%s", (_what, text, expected) => {
  expect(markdownText(text)).toBe(expected);
});

test("in HTML nothing is a tag or an entity", () => {
  expect(htmlText("<b>&lt;\u001b")).toBe("&lt;b&gt;&amp;lt;\uFFFD");
});
