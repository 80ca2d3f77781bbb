/** What a configuration says of one rule: its level, and the keys of its schema. */
export type RuleConfiguration = Readonly<Record<string, unknown>> & { readonly enforcementLevel?: string };

/** By rule name; `all` sets the level of every rule that does not have its own. */
export type PackConfiguration = Readonly<Record<string, RuleConfiguration | string>>;
