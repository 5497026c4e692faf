import { deepEqual, equal, rejects } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { Street } from '../../../../lab/suites/exchange-stage.ts';
import { ExchangeStore } from '../../store/exchange.ts';
import { Learning } from './learning.ts';

/** A disk that is full for so many transactions. */
class FullStore extends ExchangeStore {
  refusals = 0;

  override together<T>(task: () => T): T {
    if (this.refusals-- > 0) throw new Fault('full', 'the disk is full');
    return super.together(task);
  }
}

test('[Z83] what could not be written of what was learned is learned with the next look', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'copse-learning-'));
  try {
    await using street = new Street();
    const home = await street.node();
    const [ada, bob] = [await home.resident(), await home.resident()];
    using store = new FullStore(join(folder, 'exchange'));
    const { peer, key, users } = home;
    const isUser = async (): Promise<boolean> => users.length > 0;
    const learning = new Learning({ peer, store, node: key.publicKey, isUser });
    await bob.follow(ada);
    store.refusals = 2;
    await rejects(learning.step(), { code: 'full' });
    await rejects(learning.step(), { code: 'full' });
    deepEqual(store.followers(), []);
    equal(store.own(), null, 'the position does not pass what was not learned');
    deepEqual(await learning.step(), { any: true, changed: true });
    deepEqual(store.followers().map(String), [String(bob.key.publicKey)]);
    equal(store.own()?.seq, peer.options.store.head());
    deepEqual(await learning.step(), { any: false, changed: false });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('[Z83, Z85, Z93] it is learned from users here alone, and who is none any more follows nobody', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'copse-learning-'));
  try {
    await using street = new Street();
    const [home, north] = [await street.node(), await street.node()];
    const [ada, bob, cleo] = [await north.resident(), await home.resident(), await home.resident()];
    using store = new ExchangeStore(join(folder, 'exchange'));
    const { peer, key } = home;
    const users = new Set([hex(bob.key.publicKey)]);
    const isUser = async (who: Key): Promise<boolean> => users.has(hex(who));
    const begin = (): Learning => new Learning({ peer, store, node: key.publicKey, isUser });
    const learning = begin();
    for (const each of [cleo, bob]) await each.follow(ada);
    const mentions = [ada.key.publicKey];
    const { id } = await bob.say({ text: 'hello', mentions });
    const share = await bob.say({ kind: KIND.share, mentions, replies: [id] });
    const other = await cleo.say({ text: 'hello, too', mentions });
    while ((await learning.step()).any);
    deepEqual(store.followers().map(hex), [hex(bob.key.publicKey)]);
    const carried = store.due(north.key.publicKey, Number.MAX_SAFE_INTEGER, 9);
    deepEqual(
      carried.map(({ message }) => hex(message)),
      [hex(id), hex(share.id)],
    );
    for (const { number } of carried) store.dropCarried(number);
    equal(await learning.bringAgain(north.key.publicKey, [other.id]), false, 'hers is not ours to bring');
    equal(await learning.bringAgain(north.key.publicKey, [other.id, id]), true);
    equal(store.carriedCount(), 1);
    equal(await learning.forgetOthers(), false);
    users.clear();
    // Who is a user is asked anew when what was answered is older than a minute.
    equal(await begin().forgetOthers(), true);
    deepEqual(store.followers(), []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
