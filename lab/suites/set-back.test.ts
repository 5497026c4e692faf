/**
 * A node that was set back to a backup: what its devices have seen and it has not any more (SPEC L12, K8), and
 * that who writes and reads goes on. Accounts, log of the node, journal and chunks are copied as a backup copies
 * them; time is simulated.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Copse } from 'copse/internal/client/copse.ts';
import type { Log } from 'copse/internal/client/log.ts';
import type { Site } from 'copse/internal/client/site.ts';
import type { Shared } from 'copse/internal/client/rights.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import type { MemoryDisk } from '../../server/src/store/log-store-memory.ts';
import { CopiedBooks } from '../sim/system/books.ts';
import { World } from '../sim/world.ts';
import { SimMachine } from './sim-machine.ts';
import { play, SimNode, sleep, until } from './sim-node.ts';

interface Backup {
  readonly books: CopiedBooks;
  readonly disk: MemoryDisk;
}

class Scene implements AsyncDisposable {
  readonly world: World;
  readonly node: SimNode;
  readonly machines: SimMachine[] = [];
  #books: CopiedBooks;

  constructor(seed: number) {
    this.world = new World(seed);
    this.node = new SimNode(this.world);
    this.#books = new CopiedBooks(this.world);
    this.#use();
  }

  get books(): CopiedBooks {
    return this.#books;
  }

  #use(): void {
    this.node.otherAccounts = this.#books.accounts;
    this.node.nodeLog = this.#books.nodeLog;
  }

  machine(name: string): SimMachine {
    const machine = new SimMachine(this.world, this.node, name);
    this.machines.push(machine);
    return machine;
  }

  backUp(): Backup {
    return { books: this.#books.copy(), disk: this.node.disk.copy() };
  }

  async stop(): Promise<void> {
    await this.node.stop();
    await sleep(this.world, 500);
  }

  async start({ books, disk }: Backup): Promise<void> {
    this.#books = books;
    this.node.disk = disk;
    this.#use();
    await this.node.start();
  }

  async restore(backup: Backup): Promise<void> {
    await this.stop();
    await this.start(backup);
  }

  until(what: string, condition: () => boolean): Promise<void> {
    return until(this.world, condition, what);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const machine of this.machines) await machine.close();
    this.#books[Symbol.dispose]();
  }
}

function scene(seed: number, act: (at: Scene) => Promise<void>): void {
  const at = new Scene(seed);
  play(at.world, async () => {
    await at.node.start();
    await act(at);
    await at[Symbol.asyncDispose]();
  });
}

function isAlarmed(copse: Copse): boolean {
  return copse.alarm.get()?.code === 'fork';
}

/** What a reader has shown, by position: what it shows again takes the place of what it showed before. */
function shown(log: Log): string[] {
  const texts: string[] = [];
  void (async () => {
    for await (const { at, value, broken } of log.entries({ from: 1 })) {
      texts.length = Math.min(texts.length, at - 1);
      texts[at - 1] = broken ?? String(value);
    }
  })().catch(() => {});
  return texts;
}

async function append(log: Log, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) assert.equal((await log.append(text)).kind, 'ok');
}

interface Garden {
  readonly ada: Copse;
  readonly bob: Copse;
  readonly bobs: SimMachine;
  readonly garden: Site;
  readonly chat: Log;
}

async function gardenOf(at: Scene): Promise<Garden> {
  const bobs = at.machine('bob');
  const ada = await at.machine('ada').open({ name: 'Ada' });
  const bob = await bobs.open({ name: 'Bob' });
  const garden = await ada.found({ title: 'Garden', logs: ['chat'] });
  await bob.join(await garden.invite());
  return { ada, bob, bobs, garden, chat: garden.log('chat') };
}

function chatOf(copse: Copse, { id }: Site): Log {
  return copse.site(id)?.log('chat') ?? assert.fail('she is a member');
}

const joined = (texts: readonly string[]): string => texts.join(' ');

test('[L12] who has read entries that a restore has lost is told, and all read the same from there on', () => {
  for (const seed of [1, 2, 3]) {
    scene(seed, async (at) => {
      const { ada, bob, garden, chat } = await gardenOf(at);
      const [adas, bobs] = [shown(chat), shown(chatOf(bob, garden))];
      await append(chat, 'a1', 'a2', 'a3');
      const backup = at.backUp();
      await append(chat, 'a4', 'a5', 'a6');
      await at.until('all is read', () => adas.length === 6 && bobs.length === 6);
      await at.restore(backup);
      await at.until('the alarms', () => isAlarmed(ada) && isAlarmed(bob));
      await append(chat, 'b4');
      await append(chatOf(bob, garden), 'b5');
      const wanted = 'a1 a2 a3 b4 b5';
      await at.until('all is read again', () => joined(adas) === wanted && joined(bobs) === wanted);
    });
  }
});

test('[L12, S15] a window shows what the log is then, also where that is less than it showed before', () => {
  for (const [seed, grown] of [
    [9, ['b4']],
    [10, ['b4', 'b5', 'b6', 'b7', 'b8']],
  ] as const) {
    scene(seed, async (at) => {
      const { bob, bobs, garden, chat } = await gardenOf(at);
      await append(chat, 'a1', 'a2', 'a3');
      const backup = at.backUp();
      await append(chat, 'a4', 'a5', 'a6');
      const before = chatOf(bob, garden).view();
      before.subscribe(() => {});
      await at.until('all is read', () => before.get().entries.length === 6);
      await bobs.close();
      at.node.isDown = true;
      const view = chatOf(await bobs.open({}), garden).view();
      view.subscribe(() => {});
      await at.until('the copy', () => view.get().entries.length === 6);
      at.node.isDown = false;
      await at.restore(backup);
      await append(chat, ...grown);
      const wanted = ['a1', 'a2', 'a3', ...grown].join(' ');
      await at.until(
        'the log',
        () =>
          view
            .get()
            .entries.map(({ value }) => value)
            .join(' ') === wanted,
      );
      assert.equal(view.get().tail, 4 + grown.length);
    });
  }
});

test('[L12] a log that has grown again is found to be another one by what the device kept of it', () => {
  for (const seed of [4, 5, 6]) {
    scene(seed, async (at) => {
      const { bob, bobs, garden, chat } = await gardenOf(at);
      await append(chat, 'a1', 'a2', 'a3');
      const backup = at.backUp();
      await append(chat, 'a4', 'a5', 'a6');
      const before = shown(chatOf(bob, garden));
      await at.until('all is read', () => before.length === 6);
      await bobs.close();
      await at.restore(backup);
      await append(chat, 'b4', 'b5', 'b6', 'b7');
      const again = await bobs.open({});
      const after = shown(chatOf(again, garden));
      await at.until('the alarm', () => isAlarmed(again));
      await at.until('all is read again', () => joined(after) === 'a1 a2 a3 b4 b5 b6 b7');
    });
  }
});

test('[L12] who has read nothing that is lost is not told of any loss, nor is anybody when there is none', () => {
  for (const seed of [7, 8]) {
    scene(seed, async (at) => {
      const { ada, bob, bobs, garden, chat } = await gardenOf(at);
      await append(chat, 'a1', 'a2');
      const before = shown(chatOf(bob, garden));
      await at.until('all is read', () => before.length === 2);
      await at.restore(at.backUp());
      await sleep(at.world, 40_000);
      assert.ok(!isAlarmed(ada) && !isAlarmed(bob));
      await bobs.close();
      const backup = at.backUp();
      const mine = shown(chat);
      await append(chat, 'a3');
      await at.until('it is read', () => mine.length === 3);
      await at.restore(backup);
      const again = await bobs.open({});
      await at.until('the alarm', () => isAlarmed(ada));
      await sleep(at.world, 40_000);
      assert.ok(!isAlarmed(again));
    });
  }
});

test('[L9] a writer goes on in a log that was set back, although it ends before what she had written', () => {
  scene(9, async (at) => {
    const { chat } = await gardenOf(at);
    const texts = shown(chat);
    await append(chat, 'a1');
    const backup = at.backUp();
    await append(chat, 'a2', 'a3', 'a4');
    await at.until('all is read', () => texts.length === 4);
    await at.stop();
    const waiting = chat.append('a5');
    await at.start(backup);
    assert.deepEqual(await waiting, { kind: 'ok', at: 2, durability: 'synced' });
    await append(chat, 'a6');
  });
});

test('[S2] what is appended while a writer finds out that the log forgot her stands behind what waited', () => {
  for (const seed of [10, 11, 12]) {
    scene(seed, async (at) => {
      const { chat } = await gardenOf(at);
      const texts = shown(chat);
      await append(chat, 'a1');
      const backup = at.backUp();
      await append(chat, 'a2', 'a3');
      await at.stop();
      const waiting = [chat.append('w0'), chat.append('w1')];
      at.node.faults = { ...at.node.faults, latencyMs: [20, 30] };
      await at.start(backup);
      for (let i = 2; i < 400; i++) {
        waiting.push(chat.append(`w${i}`));
        await sleep(at.world, 5);
      }
      await Promise.all(waiting);
      await at.until('all is read', () => texts.length === 401);
      assert.equal(joined(texts), joined(['a1', ...Array.from({ length: 400 }, (_, i) => `w${i}`)]));
    });
  }
});

/** Whom a right is shared with, and how many he holds at the node. */
async function sharingOf(
  at: Scene,
  garden: Site,
  { user }: Copse,
): Promise<{ readonly him: Uint8Array; readonly heldCount: () => Promise<number> }> {
  const member = (await garden.members()).find((each) => each.user === user) ?? assert.fail('a member');
  const heldCount = async (): Promise<number> =>
    (await at.books.accounts.grants.held(garden.id, user)).length;
  return { him: member.key, heldCount };
}

test('[K8] a right that was taken back is taken back again on a node that has forgotten it, and its owner told', () => {
  for (const seed of [13, 14, 15]) {
    scene(seed, async (at) => {
      const { ada, bob, garden } = await gardenOf(at);
      const { him, heldCount } = await sharingOf(at, garden, bob);
      const more = await garden.share({ to: him });
      const backup = at.backUp();
      // He stays a member by his invitation: no key changes that anybody could miss.
      await garden.revoke(more.id);
      assert.equal(await heldCount(), 1);
      await at.restore(backup);
      assert.equal(await heldCount(), 2);
      await at.until('the alarm', () => isAlarmed(ada));
      await sleep(at.world, 1000);
      assert.equal(await heldCount(), 1);
      await at.restore(at.backUp());
      await sleep(at.world, 10_000);
      assert.equal(await heldCount(), 1);
    });
  }
});

test('[K8] what was taken back counts when the answer was lost, and rights taken back at once count all', () => {
  scene(17, async (at) => {
    const { ada, bob, garden } = await gardenOf(at);
    const { him, heldCount } = await sharingOf(at, garden, bob);
    const shared = [];
    for (let i = 0; i < 3; i++) shared.push(await garden.share({ to: him }));
    const [first, second, third] = shared as [Shared, Shared, Shared];
    const backup = at.backUp();
    await Promise.all([garden.revoke(first.id), garden.revoke(second.id)]);
    const asked = garden.revoke(third.id).then(
      () => 'ok',
      (thrown: unknown) => asFault(thrown).code,
    );
    while ((await heldCount()) > 1) await sleep(at.world, 0.05);
    at.node.cut();
    assert.equal(await asked, 'closed');
    await sleep(at.world, 10_000);
    assert.equal(isAlarmed(ada), false);
    await at.restore(backup);
    assert.equal(await heldCount(), 4);
    await at.until('the alarm', () => isAlarmed(ada));
    await sleep(at.world, 1_000);
    assert.equal(await heldCount(), 1);
  });
});

test('[K8] what was asked of a node that did not hear it is asked again, and is no alarm', () => {
  scene(18, async (at) => {
    const { ada, bob, garden } = await gardenOf(at);
    const { him, heldCount } = await sharingOf(at, garden, bob);
    const more = await garden.share({ to: him });
    const asked = assert.rejects(garden.revoke(more.id), { code: 'closed' });
    const { keep } = at.machines.at(-1) ?? assert.fail('hers');
    while ((await keep.list('revoking/')).length === 0) await sleep(at.world, 0.01);
    at.node.cut();
    await asked;
    assert.equal(await heldCount(), 2, 'the node has heard nothing of it');
    await sleep(at.world, 10_000);
    assert.deepEqual([await heldCount(), isAlarmed(ada)], [1, false]);
  });
});

test('[K8] who has made a key and was cut off before its set was pinned knows a node that has forgotten it', () => {
  scene(16, async (at) => {
    const { ada, garden } = await gardenOf(at);
    const adas = at.machines.find(({ name }) => name === 'ada') ?? assert.fail('her machine');
    const backup = at.backUp();
    const write = adas.keep.write.bind(adas.keep);
    adas.keep.write = (changes) => write(changes.filter(({ name }) => !name.startsWith('set/')));
    assert.equal(await garden.rotate(), 2);
    assert.equal(ada.alarm.get(), null);
    await at.restore(backup);
    await at.until('the alarm', () => isAlarmed(ada));
  });
});

test('[K8] a key that was made anew under the number of one that the node has forgotten is known as another', () => {
  scene(17, async (at) => {
    const { bob, bobs, garden } = await gardenOf(at);
    const carls = at.machine('carl');
    const carl = await carls.open({ name: 'Carl' });
    const { id } = await carl.join(await garden.invite({ permissions: 31 }));
    await append(garden.log('chat'), 'a1');
    await carls.close();
    const backup = at.backUp();
    assert.equal(await garden.rotate(), 2);
    const read = shown(chatOf(bob, garden));
    await append(garden.log('chat'), 'a2');
    await at.until('the second key', () => read[1] === 'a2');
    for (const machine of at.machines) await machine.close();
    await at.restore(backup);
    const back = await carls.open({});
    assert.equal(await back.site(id)?.rotate(), 2);
    assert.equal(back.alarm.get(), null);
    // He has read nothing behind the backup that would tell him, and the number is the one that he knows.
    for (const { name } of await bobs.keep.list('cop')) await bobs.keep.write([{ name, value: null }]);
    const again = await bobs.open({});
    await at.until('the alarm', () => isAlarmed(again));
    assert.match(again.alarm.get()?.detail ?? '', /key/);
  });
});

test('[K8] the alarm of a right that is taken back again is not lost with the answer', () => {
  scene(19, async (at) => {
    const { ada, bob, garden } = await gardenOf(at);
    const heldBy = async (): Promise<number> =>
      (await at.books.accounts.grants.held(garden.id, bob.user)).length;
    const him = (await garden.members()).find(({ user }) => user === bob.user) ?? assert.fail('a member');
    const more = await garden.share({ to: him.key });
    const backup = at.backUp();
    await garden.revoke(more.id);
    await at.restore(backup);
    assert.equal(await heldBy(), 2);
    while ((await heldBy()) > 1) await sleep(at.world, 0.05);
    at.node.cut();
    await at.until('the alarm', () => isAlarmed(ada));
  });
});
