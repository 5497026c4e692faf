/**
 * The neighbourhood from its first evening on, through two nodes, as the people of it live it: who is let in and lets in,
 * what is said and answered, a film, a stranger, a troublemaker, and a node that keeps within its bytes.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCopse, takeUpAccount, type Copse } from 'copse';
import { must } from 'copse/internal/base/assert.ts';
import { base64url, concat, fromHex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { fileChunkBytes } from 'copse/internal/base/limits-files.ts';
import { peerTextBytesMax } from 'copse/internal/base/limits-peer.ts';
import { MemoryKeep } from 'copse/internal/native/index.ts';
import { neighbourhoodOf, openNeighbourhood, type Key, type Neighbourhood } from 'copse/neighbourhood';
import { composeNode, type RunningNode } from '../../server/src/node/compose.ts';
import { readSettings } from '../../server/src/node/settings.ts';
import { bytesOf, same } from '../suites/files-stage.ts';

const TEN = 10;
const EACH = 2;
/** For what one of them says. */
const ROOM_BYTES = 3 * peerTextBytesMax;

interface Person {
  readonly copse: Copse;
  readonly place: Neighbourhood;
  readonly key: Key;
}

class Village {
  readonly #owned = new AsyncDisposableStack();
  readonly #scratch = mkdtempSync(join(tmpdir(), 'copse-village-'));
  #count = 0;

  constructor() {
    this.#owned.defer(() => rmSync(this.#scratch, { recursive: true, force: true }));
  }

  async node(flags: Readonly<Record<string, string>>): Promise<RunningNode> {
    const data = join(this.#scratch, `node${this.#count++}`);
    const settings = readSettings({ flags: { data, port: 0, ...flags }, environment: {}, file: {} });
    return this.#owned.use(await composeNode(settings, realEnv()));
  }

  async person(link: string, name: string): Promise<Person> {
    const open = link.includes('#account=') ? takeUpAccount : openCopse;
    const copse = await open(link, { name, keep: new MemoryKeep() });
    this.#owned.defer(() => copse.close());
    const place = this.#owned.use(await neighbourhoodOf(copse));
    return { copse, place, key: must(place.me, 'who has an account has a key') };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}

const setupOf = (node: RunningNode): string =>
  `${node.url}/#setup=${base64url(concat(node.key, must(node.setupSecret, 'a first start')))}`;
const addressOf = ({ url, key }: RunningNode): string => `${url.replace('http', 'ws')}#${base64url(key)}`;

async function invite({ copse }: Person, name: string, quota: number): Promise<string> {
  const accounts = await copse.accounts();
  return (await accounts.invite({ name, quota })).link;
}

/** What she reads, when it has come. */
async function reads({ place }: Person, text: string): Promise<void> {
  for (let turn = 0; turn < 600; turn++) {
    if ((await place.feed()).posts.some((post) => post.text === text)) return;
    await Bun.sleep(50);
  }
  assert.fail(`${text} did not come`);
}

/** The admin lets ten in, and each of them two from what she was given; there is no third. */
async function people(village: Village, node: RunningNode): Promise<Map<string, Person>> {
  const ada = await village.person(setupOf(node), 'Ada');
  const all = new Map([['Ada', ada]]);
  for (let i = 0; i < TEN; i++) {
    const friend = await village.person(await invite(ada, `Friend ${i}`, EACH), `Friend ${i}`);
    all.set(`Friend ${i}`, friend);
  }
  const [first] = [must(all.get('Friend 0'), 'the first')];
  for (const [name, by] of [
    ['Tom', 'Friend 0'],
    ['Una', 'Friend 0'],
    ['Vera', 'Friend 1'],
  ] as const) {
    const link = await invite(must(all.get(by), by), name, 0);
    all.set(name, await village.person(link, name));
  }
  await assert.rejects(invite(first, 'a third', 0), { code: 'full' });
  await assert.rejects(invite(must(all.get('Vera'), 'Vera'), 'somebody', 0), { code: 'full' });
  return all;
}

/** Who is named finds it, and the thread stays together. */
async function talk(ada: Person, bea: Person, vera: Person): Promise<void> {
  const first = await ada.place.post({ text: 'The pump is broken', tags: ['water'] });
  const answer = await bea.place.reply(first.id, { text: 'I have a spare one', mentions: [ada.key] });
  await vera.place.reply(answer.id, { text: 'And I can fit it' });
  assert.deepEqual(await namings(ada), [answer.id]);
  assert.equal((await ada.place.thread(first.id)).posts.length, 2);
}

const namings = async ({ place, key }: Person): Promise<readonly string[]> =>
  (await place.mentions(key)).posts.map(({ id }) => id);

/** On another node somebody follows Ada, and reads what was there before. */
async function followFar(village: Village, north: RunningNode, ada: Person): Promise<Person> {
  const south = await village.node({ exchangeTrusted: north.url.replace('http', 'ws') });
  const zoe = await village.person(setupOf(south), 'Zoe');
  const addresses = [addressOf(north)];
  await ada.place.setAddresses({ outbox: addresses, inbox: addresses });
  await zoe.place.vouch(ada.key, { addresses });
  await zoe.place.follow(ada.key);
  await reads(zoe, 'The pump is broken');
  return zoe;
}

/** Its second megabyte is there, checked, before the rest is. */
async function showFilm(bea: Person, zoe: Person, from: string): Promise<void> {
  const film = bytesOf(3 * fileChunkBytes + 99, 7);
  const files = await bea.copse.files();
  const source = new Blob([new Uint8Array(film)], { type: 'video/webm' });
  const { address, size, type } = await files.upload(source, { name: 'Pump' });
  const attachment = { address: must(fromHex(address), 'an address'), size, type, alt: 'A pump is fitted' };
  await bea.place.post({ text: 'How it is done', attachments: [attachment] });
  const seen = await (await zoe.copse.files()).download(address, { from: [from], skip: 1 }).next();
  assert.ok(seen.done !== true && same(seen.value, film.subarray(fileChunkBytes, 2 * fileChunkBytes)));
}

/** A stranger knocks, and has worked for it. */
async function knock({ url, key: node }: RunningNode, ada: Person): Promise<void> {
  using street = await openNeighbourhood({ url, node, secret: new Uint8Array(32).fill(9) });
  await street.doorstep.knock(ada.key, { text: 'May I come too?' });
  const request = must((await ada.place.doorstep.requests())[0], 'what the stranger left');
  assert.deepEqual([request.post.text, request.bits > 0], ['May I come too?', true]);
  assert.ok(!(await namings(ada)).includes(request.post.id), 'it waits apart');
}

/** Tom makes trouble: who let him in puts him out, with what he said, and may have him back. */
async function putOut(tom: Person, host: Person, others: readonly Person[]): Promise<void> {
  const [ada, bea] = others as [Person, Person];
  const noise = await tom.place.post({ text: 'Buy my pumps', mentions: [ada.key] });
  const removal = { extent: 'all', content: 'hide', reason: 'He sells' } as const;
  await assert.rejects((await bea.copse.accounts()).remove(tom.key, removal), { code: 'forbidden' });
  const accounts = await host.copse.accounts();
  await accounts.remove(tom.key, removal);
  assert.equal(await ada.place.get(noise.id), null);
  assert.ok(!(await namings(ada)).includes(noise.id));
  await assert.rejects(tom.place.post({ text: 'And again' }), { code: 'revoked' });
  await accounts.restore(tom.key);
  assert.ok((await namings(ada)).includes(noise.id));
}

/** What she said first makes room for what she says now, but for what she has pinned. */
async function sayMuch({ place }: Person): Promise<void> {
  const kept = await place.post({ text: 'The key hangs behind the door' });
  await place.pin(kept.id);
  const first = await place.post({ text: 'Good morning' });
  const long = 'x'.repeat(peerTextBytesMax);
  let last = first;
  for (let bytes = 0; bytes < ROOM_BYTES; bytes += peerTextBytesMax) last = await place.post({ text: long });
  const there = await place.getAll([kept.id, first.id, last.id]);
  assert.deepEqual([...there.keys()], [kept.id, last.id]);
}

test('[Z10, Z14, Z19, Z26, Z28, Z45, Z72, Z83] ten are let in and let others in, talk over two nodes, show a film, hear a stranger, put a troublemaker out and say more than there is room for', async () => {
  await using village = new Village();
  const north = await village.node({ signup: 'invited', accounts: '40', userMessageBytes: `${ROOM_BYTES}` });
  const all = await people(village, north);
  const who = (name: string): Person => must(all.get(name), name);
  const [ada, bea] = [who('Ada'), who('Friend 1')];
  await talk(ada, bea, who('Vera'));
  const zoe = await followFar(village, north, ada);
  await showFilm(bea, zoe, north.url);
  await knock(north, ada);
  await putOut(who('Tom'), who('Friend 0'), [ada, bea]);
  await sayMuch(who('Una'));
});
