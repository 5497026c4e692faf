/** What a checker throws: a promise of SPEC.md that a run has broken, with the rule it belongs to. */

export class Violation extends Error {
  override readonly name = 'Violation';
  readonly rule: string;

  constructor(rule: string, what: string) {
    super(`[${rule}] ${what}`);
    this.rule = rule;
  }
}

/** Throws a violation of `rule` when `holds` is false; `what` is made only then. */
export function check(holds: boolean, rule: string, what: () => string): asserts holds {
  if (!holds) throw new Violation(rule, what());
}
