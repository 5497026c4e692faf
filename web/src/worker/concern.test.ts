/** Notifications of the neighbourhood: whose post it is, what of it is shown, and what is not. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from 'copse/internal/base/bytes.ts';
import { userId } from 'copse/internal/base/ids.ts';
import type { NoticePostRow } from 'copse/internal/client/notice-posts.ts';
import { encodeProfile } from 'copse/internal/client/neighbourhood/profile.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import type { MessageTerms } from 'copse/internal/social/message/terms.ts';
import { knocksLog, neighbourhoodOf, threadLog } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import { concernsAt, knownConcern, silenced, type ConcernDesk } from './concern.ts';
import { keepQuiet, quietHere } from './quiet.ts';
import type { Kept } from './showing.ts';

const primitives = nativePrimitives();
const place = (changes: object = {}) => ({
  site: neighbourhoodOf(userId('0a'.repeat(8))),
  log: threadLog(new Uint8Array(32)),
  upTo: 7,
  count: 1,
  isMention: true,
  ...changes,
});

async function said(n: number, terms: Partial<MessageTerms>) {
  return signMessage(primitives, new Uint8Array(32).fill(n), {
    kind: KIND.post,
    timeMs: 1,
    text: 'come to the pump',
    ...terms,
  });
}

async function rowOf(n: number, terms: Partial<MessageTerms> = {}, name: string | null = 'Ben') {
  const { bytes } = await said(n, terms);
  const row = { seq: 6, message: bytes, edit: null };
  if (name === null) return { ...row, profile: null };
  const content = encodeProfile({ name, about: '' });
  return { ...row, profile: (await said(n, { kind: KIND.profile, text: '', content })).bytes };
}

class MemoryDesk implements ConcernDesk {
  readonly rows: readonly NoticePostRow[];
  readonly asked: (readonly number[])[] = [];
  readonly read: string[] = [];

  constructor(...rows: readonly NoticePostRow[]) {
    this.rows = rows;
  }

  async postRows(lengths: readonly number[]): Promise<readonly NoticePostRow[]> {
    this.asked.push(lengths);
    return this.rows;
  }

  async readPosts(ids: readonly string[]): Promise<void> {
    this.read.push(...ids);
  }
}

function memoryCaches(): Kept {
  const texts = new Map<string, string>();
  return {
    open: async () => ({
      match: async (path: string) => {
        const text = texts.get(path);
        return text === undefined ? undefined : new Response(text);
      },
      put: async (path: string, answer: Response) => void texts.set(path, await answer.text()),
    }),
    delete: async () => texts.clear(),
  };
}

test('[I27] a post is shown under the name that its author has signed, and opens where it stands', async () => {
  const one = place();
  const concerns = await concernsAt(new MemoryDesk(await rowOf(2)), [one]);
  const known = knownConcern(one, concerns);
  assert.deepEqual(known.lines, [{ who: 'Ben', text: 'come to the pump' }]);
  assert.equal(known.hash, `#/post/${concerns[0]?.found.post.id}`);
});

test('[I27] who has said no name, or whose name somebody else has signed, is called by her key', async () => {
  const one = place();
  const key = hex(await primitives.ed25519PublicKey(new Uint8Array(32).fill(2)));
  const other = { ...(await rowOf(2)), profile: (await rowOf(3)).profile };
  for (const row of [await rowOf(2, {}, null), await rowOf(2, {}, '')])
    assert.equal(
      knownConcern(one, await concernsAt(new MemoryDesk(row), [one])).lines[0]?.who,
      key.slice(0, 8),
    );
  assert.equal(
    knownConcern(one, await concernsAt(new MemoryDesk(other), [one])).lines[0]?.who,
    key.slice(0, 8),
  );
});

test('[I27] what nobody has signed says nothing, and of several threads and of who knocks no post is asked for', async () => {
  const forged = await rowOf(2);
  forged.message[forged.message.length - 1]! ^= 1;
  const one = place();
  const desk = new MemoryDesk(forged);
  assert.deepEqual(await concernsAt(desk, [one]), []);
  const known = knownConcern(one, []);
  assert.deepEqual([known.lines, known.hash], [[], '#/inbox']);
  const [several, knock] = [place({ log: null, count: 3 }), place({ log: knocksLog, isMention: false })];
  assert.deepEqual(await concernsAt(desk, [several, knock]), []);
  assert.deepEqual(desk.asked, [[7]]);
  assert.equal(knownConcern(knock, []).says, 'Somebody asks to reach you.');
});

test('[I27] what somebody wrote whom she does not want to hear is not shown, and counts as read', async () => {
  const [bens, eves] = [place(), place({ upTo: 8 })];
  const desk = new MemoryDesk(await rowOf(2), await rowOf(3, {}, 'Eve'));
  const concerns = await concernsAt(desk, [bens, eves]);
  const caches = memoryCaches();
  assert.deepEqual([...(await silenced(desk, concerns, await quietHere(caches)))], [], 'nobody yet');
  const eve = hex(await primitives.ed25519PublicKey(new Uint8Array(32).fill(3)));
  await keepQuiet(caches, [eve]);
  assert.deepEqual([...(await silenced(desk, concerns, await quietHere(caches)))], [eves]);
  assert.deepEqual(desk.read, [concerns[1]?.found.post.id]);
  await keepQuiet(caches, []);
  assert.deepEqual([...(await silenced(desk, concerns, await quietHere(caches)))], []);
  assert.deepEqual([...(await silenced(desk, concerns, await quietHere(null)))], []);
});

test('[I27] the list in the browser names nobody', async () => {
  const caches = memoryCaches();
  const eve = 'e7'.repeat(32);
  await keepQuiet(caches, [eve]);
  const text = (await (await (await caches.open('')).match('/quiet'))?.text()) ?? '';
  assert.ok(text.length === 64 && !text.includes(eve));
});
