/**
 * Loaded before each test file: notes why a test is skipped, because Bun's report drops the reason. Wraps
 * `test` of node:test and appends `title <tab> reason` to the file that TEST_SKIPS names.
 */

import { mock } from 'bun:test';
import { appendFileSync } from 'node:fs';
import * as real from 'node:test';

// oxlint-disable typescript/no-unsafe-type-assertion -- it stands in for `test`, whose overloads are Bun's
type Body = (...args: unknown[]) => unknown;

const notes = process.env['TEST_SKIPS'];

function note(title: unknown, reason: unknown): void {
  if (notes === undefined || typeof reason !== 'string') return;
  appendFileSync(notes, `${String(title)}\t${reason.replaceAll(/\s+/g, ' ')}\n`);
}

/** The same function with the same arity: a second parameter would make it a callback test. */
function listen(title: unknown, body: Body): Body {
  if (body.length > 1) return body;
  return (context: unknown) => {
    if (typeof context === 'object' && context !== null && 'skip' in context) {
      const skip = context.skip;
      if (typeof skip === 'function') {
        context.skip = (reason: unknown) => {
          note(title, reason);
          return skip.call(context, reason);
        };
      }
    }
    return body(context);
  };
}

function wrap(original: Body): Body {
  const wrapped: Body = (...args) => {
    for (const arg of args) {
      if (typeof arg === 'object' && arg !== null && 'skip' in arg) note(args[0], arg.skip);
    }
    return original(...args.map((arg) => (typeof arg === 'function' ? listen(args[0], arg as Body) : arg)));
  };
  return Object.assign(wrapped, original);
}

if (notes !== undefined) {
  const test = wrap(real.test as unknown as Body);
  const it = wrap(real.it as unknown as Body);
  void mock.module('node:test', () => ({ ...real, test, it, default: test }));
}
