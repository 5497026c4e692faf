/**
 * What every keep promises, as cases without a test runner: memory and files run them under node:test,
 * IndexedDB runs them inside a real browser.
 */

import { utf8 } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { keepRowBytesMax } from 'copse/internal/base/limits.ts';
import type { Keep } from 'copse/internal/client/keep.ts';

export interface KeepUnderTest {
  /** Opens the keep; closing and opening again finds what was written. */
  open(): Promise<Keep>;
}

export interface KeepCase {
  readonly title: string;
  run(under: KeepUnderTest): Promise<void>;
}

const A = utf8('alpha');
const B = utf8('beta');

function expect(actual: unknown, expected: unknown, what: string): void {
  const [have, want] = [show(actual), show(expected)];
  if (have !== want) throw new Error(`${what}: ${have} instead of ${want}`);
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part instanceof Uint8Array ? `bytes ${[...part].join()}` : part,
  );
}

async function codeOf(task: Promise<unknown>): Promise<string> {
  try {
    await task;
    return 'nothing thrown';
  } catch (thrown) {
    return thrown instanceof Fault ? thrown.code : String(thrown);
  }
}

export const keepCases: readonly KeepCase[] = [
  {
    title: '[S2] what was written is there, also after closing and opening again',
    async run(under) {
      {
        await using keep = await under.open();
        expect(await keep.get('a'), null, 'a missing row');
        await keep.write([
          { name: 'a', value: A },
          { name: 'b', value: B },
        ]);
        expect(await keep.get('a'), A, 'a row');
      }
      await using keep = await under.open();
      expect(await keep.get('a'), A, 'a row after reopening');
      await keep.write(
        [
          { name: 'a', value: null },
          { name: 'b', value: A },
        ],
        'relaxed',
      );
      expect([await keep.get('a'), await keep.get('b')], [null, A], 'deleted and replaced');
    },
  },
  {
    title: '[S2] rows are listed by prefix in the order of their names',
    async run(under) {
      await using keep = await under.open();
      const names = ['q/2', 'q/10', 'p/9', 'q/', 'r', 'q/1/z', 'q'];
      await keep.write(names.map((name) => ({ name, value: utf8(name) })));
      const rows = await keep.list('q/');
      expect(
        rows.map((row) => row.name),
        ['q/', 'q/1/z', 'q/10', 'q/2'],
        'names',
      );
      expect(
        rows.map((row) => row.value),
        rows.map((row) => utf8(row.name)),
        'values',
      );
      expect((await keep.list('')).length, names.length, 'all rows');
    },
  },
  {
    title: '[S2] a write that is refused changes nothing',
    async run(under) {
      await using keep = await under.open();
      await keep.write([{ name: 'a', value: A }]);
      const tooLarge = new Uint8Array(keepRowBytesMax + 1);
      const refused = keep.write([
        { name: 'a', value: B },
        { name: 'c', value: tooLarge },
      ]);
      expect(await codeOf(refused), 'tooLarge', 'the refusal');
      expect(await keep.list(''), [{ name: 'a', value: A }], 'rows');
      await keep.write([{ name: 'c', value: B }]);
      expect(await keep.get('c'), B, 'a row written afterwards');
    },
  },
  {
    title: '[S2] writes take effect in the order in which they were asked for',
    async run(under) {
      {
        await using keep = await under.open();
        const writes = Array.from({ length: 50 }, (_, i) =>
          keep.write([{ name: 'n', value: Uint8Array.of(i) }], i % 3 === 0 ? 'strict' : 'relaxed'),
        );
        await Promise.all(writes);
      }
      await using keep = await under.open();
      expect(await keep.get('n'), Uint8Array.of(49), 'the last write');
    },
  },
  {
    title: '[S2] the caller may reuse its bytes, and change those it got',
    async run(under) {
      await using keep = await under.open();
      const mine = utf8('mine');
      const writing = keep.write([{ name: 'a', value: mine }]);
      mine.fill(0);
      await writing;
      (await keep.get('a'))?.fill(1);
      (await keep.list('a'))[0]?.value.fill(2);
      expect(await keep.get('a'), utf8('mine'), 'the row');
    },
  },
  {
    title: '[S10] secrets come back, and `clear` leaves none of them',
    async run(under) {
      {
        await using keep = await under.open();
        await keep.write([
          { name: 'key', value: A, secret: true },
          { name: 'plain', value: B },
        ]);
        expect(await keep.get('key'), A, 'a secret');
      }
      {
        await using keep = await under.open();
        expect(
          await keep.list(''),
          [
            { name: 'key', value: A },
            { name: 'plain', value: B },
          ],
          'rows',
        );
        await keep.clear();
        expect(await keep.list(''), [], 'after clear');
      }
      await using keep = await under.open();
      expect(await keep.list(''), [], 'after clear and reopening');
    },
  },
  {
    title: '[S2] a closed keep answers `closed`',
    async run(under) {
      const keep = await under.open();
      await keep[Symbol.asyncDispose]();
      expect(await codeOf(keep.get('a')), 'closed', 'get');
      expect(await codeOf(keep.write([{ name: 'a', value: A }])), 'closed', 'write');
      await keep[Symbol.asyncDispose]();
    },
  },
];
