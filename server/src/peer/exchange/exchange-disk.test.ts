/** An exchange whose disk fails for a while, and one that ends in the middle of its work. */

import { deepEqual } from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { deferred } from 'copse/internal/client/deferred.ts';
import { has, Street, until } from '../../../../lab/suites/exchange-stage.ts';
import { ExchangeStore, type Wanted } from '../../store/exchange.ts';

type Question = 'nextDueMs' | 'wanted' | 'nodes' | 'followers';

/** A disk that fails the first times when it is asked these. */
class FailingStore extends ExchangeStore {
  readonly failures: Record<Question, number> = { nextDueMs: 0, wanted: 0, nodes: 0, followers: 0 };
  readonly answered: Record<Question, number> = { nextDueMs: 0, wanted: 0, nodes: 0, followers: 0 };
  onClose = (): void => {};

  override nextDueMs(node: Key): number | null {
    return this.#answer('nextDueMs', () => super.nextDueMs(node));
  }

  override wanted(): readonly Wanted[] {
    return this.#answer('wanted', () => super.wanted());
  }

  override nodes(): readonly Key[] {
    return this.#answer('nodes', () => super.nodes());
  }

  override followers(): readonly Key[] {
    return this.#answer('followers', () => super.followers());
  }

  override [Symbol.dispose](): void {
    this.onClose();
    super[Symbol.dispose]();
  }

  #answer<T>(question: Question, ask: () => T): T {
    if (this.failures[question]-- > 0) throw new Fault('internal', 'the disk does not answer');
    this.answered[question] += 1;
    return ask();
  }
}

test('[Z84, Z85] a disk that fails for a while ends neither plan nor look nor what waits to be brought', async () => {
  await using street = new Street();
  const stores: FailingStore[] = [];
  const openStore = (path: string): ExchangeStore => {
    const store = new FailingStore(path);
    Object.assign(store.failures, { wanted: 2, nextDueMs: 2, nodes: 1, followers: 1 });
    stores.push(store);
    return store;
  };
  const [north, south] = [await street.node(), await street.node({ openStore })];
  const [ada, bob, cy] = [await north.resident(), await south.resident(), await south.resident()];
  await ada.follow(cy);
  await bob.follow(ada);
  await bob.say({ text: 'hello', mentions: [ada.key.publicKey] });
  deepEqual(await has(north, bob, 1), ['hello']);
  const [store] = stores;
  // A look after the one that failed.
  await until(() => (store?.answered.nodes ?? 0) > 0 && (store?.answered.followers ?? 0) > 0);
  await until(() => south.exchange.figures().waiting === 0);
  deepEqual(
    Object.values(store?.failures ?? {}).filter((left) => left > 0),
    [],
    'everything has failed as often as it should',
  );
});

test('[Z84] an exchange that ends waits for what it does, before its files are closed', async () => {
  await using street = new Street();
  const gate = deferred<void>();
  let [isGated, isAsked, isOpen] = [false, false, false];
  const closed: boolean[] = [];
  const [north, south] = [
    await street.node(),
    await street.node({
      openStore: (path) => Object.assign(new FailingStore(path), { onClose: () => closed.push(isOpen) }),
      asked: async () => {
        isAsked ||= isGated;
        if (isGated) await gate.promise;
      },
    }),
  ];
  const [ada, bob] = [await north.resident(), await south.resident()];
  await bob.follow(ada);
  await until(() => south.exchange.figures().connected === 1);
  await south.stop();
  isGated = true;
  south.start();
  await until(() => isAsked);
  const stopped = south.stop();
  for (let turns = 0; turns < 500; turns++) await turn();
  isOpen = true;
  gate.resolve();
  await stopped;
  deepEqual(closed, [false, true]);
});
