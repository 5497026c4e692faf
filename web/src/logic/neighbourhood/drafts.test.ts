import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { peerContentBytesMax, peerTextBytesMax } from 'copse/internal/base/limits-peer.ts';
import fc from 'fast-check';
import {
  decodeDrafts,
  draftBytesMax,
  draftsMax,
  emptyDesk,
  encodeDrafts,
  forgotten,
  found,
  otherWords,
  toShare,
  typed,
  wordsOf,
  type Desk,
  type Drafts,
} from './drafts.ts';

const words = (text: string, timeMs: number) => ({ text, timeMs });
const write = (name: string, text: string, timeMs: number, desk = emptyDesk): Desk =>
  typed(desk, name, words(text, timeMs));

/** The statement that both devices write: the one written last counts. */
class Node {
  bytes: Uint8Array | null = null;
  /** Everything that was ever there. */
  readonly seen = new Set<string>();

  get drafts(): Drafts {
    return decodeDrafts(this.bytes);
  }

  set(drafts: Drafts): void {
    this.bytes = encodeDrafts(drafts);
    for (const [name, { text }] of drafts) this.seen.add(`${name} ${text}`);
  }
}

function share(desk: Desk, node: Node): Desk {
  const read = found(desk, node.drafts);
  const next = toShare(read);
  if (next === null) return read;
  node.set(next);
  return found(read, next);
}

test('[U52] what was typed on one device is on the other, which goes on with it', () => {
  const node = new Node();
  let one = share(write('new', 'Half a', 1_000), node);
  // Its clock is behind: what is typed there later counts all the same.
  let other = found(emptyDesk, node.drafts);
  assert.equal(wordsOf(other, 'new'), 'Half a');
  other = share(write('new', 'Half a thought', 5, other), node);
  one = share(one, node);
  assert.equal(wordsOf(one, 'new'), 'Half a thought');
  assert.equal(toShare(one), null);
});

test('[U52] what is being typed here stays, and the later words of elsewhere are offered', () => {
  const node = new Node();
  share(write('new', 'there', 2_000), node);
  const here = found(write('new', 'here', 1_000), node.drafts);
  assert.deepEqual([wordsOf(here, 'new'), otherWords(here, 'new')], ['here', 'there']);
  // Nobody else's words are overwritten before somebody types on.
  assert.equal(toShare(here), null);
  assert.equal(wordsOf(forgotten(here, 'new'), 'new'), 'there');
  const on = share(write('new', 'here it is', 1_500, here), node);
  assert.deepEqual([wordsOf(on, 'new'), otherWords(on, 'new')], ['here it is', null]);
  assert.equal(node.drafts.get('new')?.text, 'here it is');
});

test('[U52] a draft that is posted leaves every device, but not what was typed there meanwhile', () => {
  const node = new Node();
  const one = share(write('new', 'words', 1_000), node);
  const reading = found(emptyDesk, node.drafts);
  const typing = write('new', 'words of my own', 1_500, reading);
  share(write('new', '', 2_000, one), node);
  assert.equal(wordsOf(found(reading, node.drafts), 'new'), '');
  assert.equal(wordsOf(found(typing, node.drafts), 'new'), 'words of my own');
  // Who has shared nothing tells nobody that nothing is left of it.
  assert.equal(toShare(write('answer', '', 1_000)), null);
  // An empty field is no words that have to be kept from others.
  const cleared = found(write('other', '', 1_000), new Map([['other', words('begun', 3_000)]]));
  assert.equal(wordsOf(cleared, 'other'), 'begun');
});

test('[U52] the newest drafts fit into one statement, and the oldest stay where they are', () => {
  const id = (at: number): string => `answer ${at.toString(16).padStart(64, '0')}`;
  let desk = emptyDesk;
  for (let at = 0; at < draftsMax + 5; at++)
    desk = write(id(at), '"'.repeat(300), 1_700_000_000_000 + at, desk);
  const next = toShare(desk) ?? new Map();
  assert.equal(next.size, draftsMax);
  assert.equal(next.has(id(4)), false);
  assert.equal(wordsOf(found(desk, next), id(4)), '"'.repeat(300));
  const bytes = encodeDrafts(next);
  assert.ok(draftsMax * (300 * 2 + 2) > draftBytesMax - 3_000, 'nearly all of the room is used');
  assert.ok(bytes.length + 64 < peerContentBytesMax, `${bytes.length} bytes`);
  // The longest post has room, and takes it from older ones; what no statement holds stays on its device.
  const long = toShare(write('new', 'x'.repeat(peerTextBytesMax), 1_800_000_000_000, desk)) ?? new Map();
  assert.ok(long.has('new') && long.size < 20, `${long.size}`);
  const longer = write('new', 'x'.repeat(draftBytesMax), 1_800_000_000_000, desk);
  assert.deepEqual([toShare(longer)?.has('new'), toShare(longer)?.size], [false, draftsMax]);
});

test('[U52] what another program has kept under this name reads as no drafts', () => {
  for (const text of ['', '{', '[]', '[2,[]]', '[1,{}]', '[1,[1]]', '[1,[["a",-1,"b"]]]', '[1,[["a",1,2]]]'])
    assert.equal(decodeDrafts(utf8(text)).size, 0, text);
  const drafts = new Map([['new', words('\ud800 "', 7)]]);
  assert.deepEqual(decodeDrafts(encodeDrafts(drafts)), drafts);
});

const name = fc.constantFrom('new', 'answer', 'edit');
const length = fc.constantFrom(1, 400, 14_000, draftBytesMax);
const device = fc.nat(1);
const step = fc.oneof(
  fc.record({ kind: fc.constant('type' as const), device, name, length, clockMs: fc.nat(50) }),
  fc.record({ kind: fc.constant('clear' as const), device, name, clockMs: fc.nat(50) }),
  // A write reads first, and lands when others have written meanwhile.
  fc.record({ kind: fc.constant('read' as const), device }),
  fc.record({ kind: fc.constant('write' as const), device }),
);

test('[U52] in any order of writes two devices come to the same drafts, and nothing typed last is lost', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const node = new Node();
      const desks = [emptyDesk, emptyDesk];
      const last = new Map<string, string>();
      const at = (index: number): Desk => desks[index] ?? emptyDesk;
      steps.forEach((each, number) => {
        const desk = at(each.device);
        if (each.kind === 'read') desks[each.device] = found(desk, node.drafts);
        else if (each.kind === 'write') {
          const next = toShare(desk);
          if (next === null) return;
          node.set(next);
          desks[each.device] = found(desk, next);
        } else {
          const text = each.kind === 'clear' ? '' : `${number} `.padEnd(each.length, 'x');
          desks[each.device] = write(each.name, text, each.clockMs, desk);
          last.set(`${each.device} ${each.name}`, text);
        }
      });
      let rounds = 0;
      const isDone = (): boolean =>
        desks.every(
          (desk) => desk.atNode.size === node.drafts.size && toShare(found(desk, node.drafts)) === null,
        );
      do {
        assert.ok(++rounds < 12, 'the devices put each other’s words back');
        for (const index of [0, 1]) desks[index] = share(at(index), node);
      } while (!isDone());
      for (const desk of desks)
        for (const [each, { text }] of node.drafts)
          if (!desk.own.has(each)) assert.equal(wordsOf(found(desk, node.drafts), each), text);
      for (const [key, text] of last) {
        const [index = '', each = ''] = key.split(' ');
        const isHere = wordsOf(at(Number(index)), each) === text;
        assert.ok(text === '' || isHere || node.seen.has(`${each} ${text}`), `${key}: ${text.slice(0, 9)}`);
      }
    }),
    { numRuns: 500 },
  );
});
