/**
 * Assertions for our own mistakes. They stay on in production: a broken invariant ends the operation
 * (and, in the server, the shard) instead of continuing hopefully. Input from outside is never
 * asserted, it is decoded or answered with a `Fault`.
 */

export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws `AssertionError` with `message` when `condition` is false. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** For the branch that the types rule out: the value is shown so that a bug report is enough. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}

/** The value, or an assertion failure when it is null or undefined. */
export function must<T>(value: T | null | undefined, message: string): T {
  if (value === null || value === undefined) throw new AssertionError(message);
  return value;
}
