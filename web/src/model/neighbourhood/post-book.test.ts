import assert from 'node:assert/strict';
import { test } from 'node:test';
import { key } from 'copse/internal/base/ids.ts';
import { noMarks } from 'copse/neighbourhood';
import { createRoot } from 'solid-js';
import type { Post } from '../sdk-street.ts';
import { createPostBook } from './post-book.ts';

const COUNT = 4_000;

function postOf(at: number, text = 'words'): Post {
  const id = String(at).padStart(64, '0');
  return {
    id,
    from: key(new Uint8Array(32)),
    timeMs: at,
    text,
    mentions: [],
    answers: null,
    thread: id,
    attachments: [],
    tags: [],
    isEdited: false,
    shares: null,
    cursor: { timeMs: at, seq: at },
  };
}

const all = Array.from({ length: COUNT }, (_, at) => postOf(at));

/** A node that has every second post, and counts what it is asked for. */
class Node {
  readonly asked: string[] = [];

  async getAll(ids: readonly string[]): Promise<ReadonlyMap<string, Post>> {
    this.asked.push(...ids);
    const found = ids.map((id) => postOf(Number(id))).filter(({ timeMs }) => timeMs % 2 === 0);
    return new Map(found.map((post) => [post.id, post]));
  }

  async marks(ids: readonly string[]) {
    return new Map(ids.map((id) => [id, noMarks]));
  }

  watch() {
    return { interests: [], ready: Promise.resolve(), [Symbol.dispose]() {} };
  }
}

async function answered(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setTimeout(resolve, 0));
}

test('[U39] whoever shows a post sees it change, however many came up since', () => {
  const book = createPostBook(new Node());
  const [first] = all;
  assert.ok(first !== undefined);
  book.take([first]);
  createRoot((close) => {
    const shown = book.of(first.id);
    book.take(all.slice(1));
    book.take([postOf(0, 'other words')]);
    assert.equal(shown()?.text, 'other words');
    close();
  });
});

test('[U38] a list of any length looks through its posts without asking for them', async () => {
  const node = new Node();
  const book = createPostBook(node);
  book.take(all);
  assert.equal(all.filter(({ id }) => !book.isGone(id)).length, COUNT);
  await answered();
  assert.deepEqual(node.asked, []);
});

test('[U38] what the node says is not here leaves the lists, and comes back when it is', async () => {
  const node = new Node();
  const book = createPostBook(node);
  book.take(all.slice(0, 4));
  book.look(all.slice(0, 4).map(({ id }) => id));
  await answered();
  const here = () =>
    all
      .slice(0, 4)
      .filter(({ id }) => !book.isGone(id))
      .map(({ timeMs }) => timeMs);
  assert.deepEqual(here(), [0, 2]);
  book.take([postOf(1)]);
  assert.deepEqual(here(), [0, 1, 2]);
});

test('[U38] what is not held any more is asked for when it is shown', async () => {
  const node = new Node();
  const book = createPostBook(node);
  book.take(all);
  const [first] = all;
  assert.ok(first !== undefined);
  assert.equal(book.of(first.id)(), undefined);
  await answered();
  assert.deepEqual(node.asked, [first.id]);
  assert.equal(book.of(first.id)()?.text, 'words');
});
