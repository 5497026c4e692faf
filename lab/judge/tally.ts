/** How a judge counts: a line for each failing case, one for each part, and `N passed, N failed` at the end. */

const total = { passed: 0, failed: 0 };
let told = 0;

export function check(isRight: boolean, what: string): void {
  if (isRight) {
    total.passed++;
    return;
  }
  total.failed++;
  console.log(`FAILED ${what}`);
}

/** What another program has compared. */
export function add(passed: number, failures: readonly string[]): void {
  total.passed += passed;
  for (const failure of failures) check(false, failure);
}

/** Says how much was compared since it said so last. */
export function compared(what: string): void {
  console.log(`${what}: ${total.passed + total.failed - told}`);
  told = total.passed + total.failed;
}

/** Nothing compared is no success. */
export function conclude(): void {
  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
}
