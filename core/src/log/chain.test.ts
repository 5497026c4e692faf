import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';

import { hex, utf8 } from '../base/bytes.ts';
import { logId, siteId } from '../base/ids.ts';
import { Chain, rootLink } from './chain.ts';

const sha256 = (data: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(data).digest());
const site = siteId('01'.repeat(16));
const log = logId('02'.repeat(16));
const root = rootLink({ sha256 }, site, log);

const chainOf = (entries: readonly Uint8Array[], keptMax?: number): Chain => {
  const chain = new Chain({ sha256 }, { next: 1, link: root }, keptMax);
  for (const entry of entries) chain.add(entry);
  return chain;
};

test('[Q1] the root is of one log of one site', () => {
  const text = utf8('copse/1/log/chain');
  const by = createHash('sha256');
  by.update(Uint8Array.of(text.length)).update(text);
  by.update(Buffer.from('01'.repeat(16) + '02'.repeat(16), 'hex'));
  assert.equal(hex(root), by.digest('hex'));
  assert.notEqual(hex(root), hex(rootLink({ sha256 }, siteId('02'.repeat(16)), logId('01'.repeat(16)))));
});

test('[Q1] a link says which entries there are before it, in which order and how they are parted', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 12 }),
      fc.nat(),
      fc.nat(),
      (entries, where, how) => {
        const link = hex(chainOf(entries).link);
        assert.equal(hex(chainOf(entries).link), link);
        const i = where % entries.length;
        const other = entries.map((entry) => entry.slice());
        switch (how % 4) {
          case 0:
            other[i]![0]! ^= 1;
            break;
          case 1:
            other.splice(i, 1);
            break;
          case 2:
            other.splice(i, 0, entries[i]!);
            break;
          default:
            other.splice(i, 1, entries[i]!.subarray(0, 1), entries[i]!.subarray(1));
        }
        assert.notEqual(hex(chainOf(other).link), link);
      },
    ),
  );
});

test('[Q1, Q4] a chain goes on from any link, and knows its newest ones', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 9 }), { minLength: 1, maxLength: 30 }),
      fc.nat(),
      fc.integer({ min: 1, max: 8 }),
      (entries, cut, keptMax) => {
        const whole = chainOf(entries, 64);
        const at = 1 + (cut % (entries.length + 1));
        const link = whole.before(at);
        assert.ok(link !== null);
        const rest = new Chain({ sha256 }, { next: at, link }, keptMax);
        for (const entry of entries.slice(at - 1)) rest.add(entry);
        assert.equal(rest.next, entries.length + 1);
        assert.deepEqual(rest.link, whole.link);
        for (let position = 0; position <= entries.length + 2; position++) {
          const known = position >= at && position <= rest.next && position > rest.next - keptMax;
          assert.deepEqual(rest.before(position), known ? whole.before(position) : null, `${position}`);
        }
      },
    ),
  );
});
