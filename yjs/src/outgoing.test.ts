import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault, type Appended } from 'copse';
import { applyUpdate, Doc } from 'yjs';
import { readEntry } from './entry.ts';
import { coalesceMs, coalesceOfflineMs, retryBaseMs, unsentCountMax, updateBytesMax } from './limits.ts';
import { Outgoing } from './outgoing.ts';

const OK: Appended = { kind: 'ok', at: 1, durability: 'synced' };

/** A log in the hands of the test, and a clock that it turns. */
class Desk {
  readonly appended: { readonly value: Uint8Array; settle(answer: Appended | Fault): void }[] = [];
  readonly timers: { readonly delayMs: number; readonly task: () => void; isOver: boolean }[] = [];
  isOffline = false;
  readonly outgoing = new Outgoing({
    timers: {
      after: (delayMs, task) => {
        const timer = { delayMs, task, isOver: false };
        this.timers.push(timer);
        return { cancel: () => (timer.isOver = true) };
      },
    },
    append: (value) =>
      new Promise((resolve, reject) => {
        const settle = (answer: Appended | Fault): void =>
          answer instanceof Fault ? reject(answer) : resolve(answer);
        this.appended.push({ value, settle });
      }),
    isOffline: () => this.isOffline,
    onChange: () => {},
  });
  readonly doc = new Doc();

  constructor() {
    this.doc.on('update', (update: Uint8Array) => this.outgoing.add(update));
  }

  type(text: string): void {
    this.doc.getText('text').insert(this.doc.getText('text').length, text);
  }

  /** The text of what was appended so far. */
  get written(): string {
    const doc = new Doc();
    for (const { value } of this.appended) {
      const entry = readEntry(value);
      if (entry?.kind === 'whole') applyUpdate(doc, entry.update);
    }
    return doc.getText('text').toJSON();
  }

  ring(): number {
    const timer = this.timers.find(({ isOver }) => !isOver);
    assert.ok(timer !== undefined);
    timer.isOver = true;
    timer.task();
    return timer.delayMs;
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test('[Y2] the first change goes at once, the next with the acknowledgement or after a moment', async () => {
  const desk = new Desk();
  desk.type('a');
  desk.type('b');
  await turn();
  assert.deepEqual([desk.appended.length, desk.written], [1, 'ab']);
  desk.type('c');
  desk.type('d');
  await turn();
  assert.equal(desk.appended.length, 1, 'the one before is on its way');
  desk.appended[0]?.settle(OK);
  await turn();
  assert.deepEqual([desk.appended.length, desk.written], [2, 'abcd']);
  desk.type('e');
  assert.equal(desk.ring(), coalesceMs);
  assert.deepEqual([desk.appended.length, desk.written], [3, 'abcde']);
  desk.isOffline = true;
  desk.type('f');
  assert.equal(desk.ring(), coalesceOfflineMs);
  assert.equal(desk.written, 'abcdef');
  for (const append of desk.appended) append.settle(OK);
  await turn();
  assert.equal(desk.outgoing.isEmpty, true);
});

test('[Y2] what was appended here is recognised once when it comes back, in its order', async () => {
  const desk = new Desk();
  for (const text of ['a', 'b', 'c']) {
    desk.type(text);
    await turn();
    desk.appended.at(-1)?.settle(OK);
    await turn();
  }
  const [first, second, third] = desk.appended.map(({ value }) => value);
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  assert.deepEqual(
    [first.slice(), first, second.slice(), Uint8Array.of(1), third].map((value) =>
      desk.outgoing.recognise(value),
    ),
    [true, false, true, false, true],
  );
});

test('[Y6] what was refused for now goes again by itself, with what came after it', async () => {
  const desk = new Desk();
  desk.type('a');
  await turn();
  desk.type('b');
  desk.appended[0]?.settle(new Fault('full', 'no room'));
  await turn();
  assert.equal(desk.outgoing.refused.get()?.code, 'full');
  desk.type('c');
  await turn();
  assert.equal(desk.appended.length, 1, 'nothing goes before it');
  while (desk.outgoing.refused.get() !== null) assert.ok(desk.ring() <= retryBaseMs);
  assert.equal(desk.appended.length, 2);
  desk.appended[1]?.settle(OK);
  await turn();
  assert.equal(desk.outgoing.isEmpty, true);
  const entry = readEntry(desk.appended[1]?.value ?? new Uint8Array());
  assert.equal(entry?.kind, 'whole');
  assert.equal(desk.written, 'abc');
});

test('[Y6] what was refused for good, is too large or was changed by a leader stays here and is told', async () => {
  for (const answer of [new Fault('forbidden'), { ...OK, changedTo: new Uint8Array() }]) {
    const desk = new Desk();
    desk.type('a');
    await turn();
    desk.appended[0]?.settle(answer);
    await turn();
    assert.notEqual(desk.outgoing.refused.get(), null);
    assert.equal(desk.outgoing.isEmpty, false);
    assert.equal(desk.timers.filter(({ isOver }) => !isOver).length, 0, 'it is not tried again by itself');
    desk.outgoing.retry();
    assert.equal(desk.appended.length, 2);
  }
  const desk = new Desk();
  desk.outgoing.add(new Uint8Array(updateBytesMax + 1));
  await turn();
  assert.equal(desk.outgoing.refused.get()?.code, 'tooLarge');
});

test('[Y2] a page that is left alone offline holds few changes', () => {
  const desk = new Desk();
  desk.isOffline = true;
  for (let key = 0; key < 3 * unsentCountMax; key++) desk.type('x');
  desk.outgoing.flush();
  assert.equal(desk.written.length, 3 * unsentCountMax);
  assert.equal(desk.appended.length, 1);
});
