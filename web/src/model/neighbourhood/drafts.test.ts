import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from 'copse/internal/base/fault.ts';
import { createRoot } from 'solid-js';
import { decodeDrafts } from '../../logic/neighbourhood/drafts.ts';
import { localOver } from '../local.ts';
import { createDraftBook } from './drafts.ts';

class Node {
  bytes: Uint8Array | null = null;
  isAway = false;
  writes = 0;

  async shared(): Promise<Uint8Array | null> {
    if (this.isAway) throw new Fault('closed');
    return this.bytes;
  }

  async setShared(_name: string, bytes: Uint8Array): Promise<void> {
    if (this.isAway) throw new Fault('closed');
    this.writes++;
    this.bytes = bytes;
  }

  text(name: string): string | undefined {
    return decodeDrafts(this.bytes).get(name)?.text;
  }
}

class Device {
  readonly #texts = new Map<string, string>();
  readonly local = localOver(
    {
      getItem: (name) => this.#texts.get(name) ?? null,
      setItem: (name, value) => void this.#texts.set(name, value),
      removeItem: (name) => void this.#texts.delete(name),
    },
    () => [...this.#texts.keys()],
  );

  /** The page is opened anew. `hidden` puts it away and waits for what it says then. */
  open(place: Node) {
    return createRoot((close) => {
      let hide = (): void => {};
      const mayShare = (): boolean => !place.isAway;
      const onHide = (listener: () => void): void => void (hide = listener);
      const book = createDraftBook({ place, local: this.local, mayShare, onHide });
      const hidden = async (): Promise<void> => {
        hide();
        // It goes in its turn, behind what was said.
        await book.look().catch(() => {});
      };
      return { book, hidden, close };
    });
  }

  kept(name: string): string {
    return this.local.draft('neighbourhood', name);
  }
}

test('[U52] a page that is put away shares what was typed, and other devices have it offline, too', async () => {
  const node = new Node();
  const desk = new Device().open(node);
  const phone = new Device();
  const there = phone.open(node);
  desk.book.write('new', 'Begun');
  desk.book.write('answer 1', 'No');
  await desk.hidden();
  await desk.hidden();
  assert.deepEqual([node.text('new'), node.text('answer 1'), node.writes], ['Begun', 'No', 1]);
  await there.book.look();
  assert.equal(there.book.words('new'), 'Begun');
  there.close();
  node.isAway = true;
  const again = phone.open(node);
  assert.equal(again.book.words('new'), 'Begun');
  again.close();
  desk.close();
});

test('[U52] what was typed offline is shared when the node is back, also by a page that was opened since', async () => {
  const node = new Node();
  node.isAway = true;
  const device = new Device();
  const before = device.open(node);
  before.book.write('new', 'Offline');
  await before.hidden();
  before.close();
  assert.deepEqual([device.kept('new'), node.writes], ['Offline', 0]);
  node.isAway = false;
  const after = device.open(node);
  assert.equal(after.book.words('new'), 'Offline');
  await after.hidden();
  assert.equal(node.text('new'), 'Offline');
  after.close();
});

test('[U52] what is posted leaves the node when it was there, and costs no message when it was not', async () => {
  const node = new Node();
  const device = new Device();
  const { book, hidden, close } = device.open(node);
  book.write('new', 'Quick');
  book.clear('new');
  await hidden();
  assert.deepEqual([book.words('new'), device.kept('new'), node.writes], ['', '', 0]);
  book.write('new', 'Slow');
  await hidden();
  book.clear('new');
  await hidden();
  assert.deepEqual([book.words('new'), device.kept('new'), node.text('new')], ['', '', '']);
  // Posted while the words are on their way to the node: they do not come back from there.
  book.write('new', 'Under way');
  const sent = hidden();
  book.clear('new');
  await sent;
  await hidden();
  assert.deepEqual([book.words('new'), node.text('new')], ['', '']);
  close();
});

test('[U52] a page takes what is shared, and leaves to another tab what that one has not shared', async () => {
  const node = new Node();
  const device = new Device();
  const elsewhere = new Device().open(node);
  elsewhere.book.write('new', 'There');
  await elsewhere.hidden();
  const [tab, other] = [device.open(node), device.open(node)];
  tab.book.write('new', 'Typed in a tab');
  node.isAway = true;
  await tab.hidden();
  node.isAway = false;
  await other.book.look();
  assert.equal(device.kept('new'), 'Typed in a tab');
  await tab.book.look();
  assert.equal(tab.book.words('new'), 'Typed in a tab');
  for (const { close } of [elsewhere, tab, other]) close();
});

test('[U17, U52] after signing out nothing is kept here, whatever was under way', async () => {
  const node = new Node();
  const device = new Device();
  const { book, hidden, close } = device.open(node);
  book.write('new', 'Mine');
  const sent = hidden();
  device.local.forget();
  close();
  await sent;
  assert.equal(device.kept('new'), '');
});
