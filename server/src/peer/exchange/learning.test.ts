import { deepEqual, equal, rejects } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Fault } from 'copse/internal/base/fault.ts';
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
