/** Bodies on their way into the files of a node: who takes the places of others, and who sends too slowly (SPEC Z42). */

import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { concat } from 'copse/internal/base/bytes.ts';
import { addressesMeteredMax } from 'copse/internal/base/limits.ts';
import {
  fileArrivalMs,
  fileArrivingByGrantsMax,
  fileArrivingPerAccountMax,
  fileChunkBytes,
  fileReadsBurst,
} from 'copse/internal/base/limits-files.ts';
import { FakeEnv, settled } from '../../server/src/tail/testing/fake-env.ts';
import { bearer, bytesOf, FileStage, same, uploader, type FileAnswer } from './files-stage.ts';

const [ada, bea, cia] = [await uploader(1), await uploader(2), await uploader(3)];
const TUS = { 'tus-resumable': '1.0.0' };
const PART = { ...TUS, 'content-type': 'application/offset+octet-stream' };

/** A body that is sent when the test sends it. */
class Line {
  readonly body: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  constructor() {
    this.body = new ReadableStream({ start: (controller) => void (this.#controller = controller) });
  }

  async send(bytes: Uint8Array): Promise<void> {
    must(this.#controller, 'a line').enqueue(bytes.slice());
    await settled();
  }

  end(): void {
    must(this.#controller, 'a line').close();
  }
}

async function begun(stage: FileStage, ticket: string, size: number): Promise<string> {
  const headers = { ...TUS, ...bearer(ticket), 'upload-length': String(size) };
  const { headers: answered } = await stage.ask('POST', '/files/uploads', { headers });
  return must(answered.get('location'), 'a place');
}

function patch(stage: FileStage, ticket: string, path: string, line: Line, offset = 0): Promise<FileAnswer> {
  const headers = { ...PART, ...bearer(ticket), 'upload-offset': String(offset) };
  return stage.ask('PATCH', path, { headers, body: line.body });
}

interface Stuck {
  readonly path: string;
  readonly line: Line;
  readonly answer: Promise<FileAnswer>;
}

/** Uploads that have begun and get no further. */
async function stuck(stage: FileStage, ticket: string, count: number): Promise<readonly Stuck[]> {
  const lines = await Promise.all(
    Array.from({ length: count }, async () => {
      const [path, line] = [await begun(stage, ticket, 1000), new Line()];
      const answer = patch(stage, ticket, path, line);
      await line.send(bytesOf(1));
      return { path, line, answer };
    }),
  );
  await settled();
  return lines;
}

async function ended(lines: readonly Stuck[]): Promise<void> {
  for (const { line } of lines) line.end();
  for (const { answer } of lines) equal((await answer).status, 204);
}

test('[Z42] an account whose bodies do not get on keeps nobody else out, nor itself from looking and ending', async () => {
  await using stage = await FileStage.open();
  for (const each of [ada, bea]) stage.join(each);
  const [ofAda, ofBea] = [await stage.ticket(ada), await stage.ticket(bea)];
  const waiting = await begun(stage, ofAda, 1000);
  const lines = await stuck(stage, ofAda, fileArrivingPerAccountMax);
  const more = await patch(stage, ofAda, waiting, new Line());
  deepEqual([more.status, more.body.code, more.headers.get('retry-after')], [429, 'tooMany', '1']);
  equal(typeof (await stage.put(ofBea, bytesOf(10))), 'string');
  const headers = { ...TUS, ...bearer(ofAda) };
  equal((await stage.ask('HEAD', waiting, { headers })).status, 200);
  equal((await stage.ask('DELETE', waiting, { headers })).status, 204);
  equal((await stage.ask('GET', '/files/mine', { headers })).status, 200);
  await ended(lines);
  equal(typeof (await stage.put(ofAda, bytesOf(20))), 'string');
});

test('[Z42] friends with grants take a part of the places of an account, never all', async () => {
  await using stage = await FileStage.open();
  stage.join(ada);
  const ofBea = await stage.ticket(bea, await stage.granted(ada, bea, 1e6));
  const ofCia = await stage.ticket(cia, await stage.granted(ada, cia, 1e6));
  const lines = await stuck(stage, ofBea, fileArrivingByGrantsMax);
  equal((await stage.begin(ofCia, bytesOf(5))).status, 429);
  equal(typeof (await stage.put(await stage.ticket(ada), bytesOf(20))), 'string');
  await ended(lines);
  equal((await stage.begin(ofCia, bytesOf(5))).status, 200);
});

test('[Z42] who sends too slowly is told so and cut off, and what came is kept', async () => {
  const clock = new FakeEnv();
  await using stage = await FileStage.open({ clock });
  stage.join(ada);
  const ticket = await stage.ticket(ada);
  const bytes = bytesOf(2 * fileChunkBytes, 3);
  const path = await begun(stage, ticket, bytes.length);
  const line = new Line();
  const answer = patch(stage, ticket, path, line);
  // A slow line brings its chunk in time, and then has as long for the next one.
  const half = fileChunkBytes / 2;
  for (const from of [0, half]) {
    await clock.advance(fileArrivalMs / 2 - 1);
    await line.send(bytes.subarray(from, from + half));
  }
  await clock.advance(fileArrivalMs - 2);
  await line.send(bytes.subarray(fileChunkBytes, fileChunkBytes + 7));
  await clock.advance(2);
  const late = await answer;
  deepEqual([late.status, late.body.code, late.headers.get('connection')], [504, 'deadline', 'close']);
  const headers = { ...TUS, ...bearer(ticket) };
  const kept = fileChunkBytes + 7;
  equal((await stage.ask('HEAD', path, { headers })).headers.get('upload-offset'), String(kept));
  const rest = new Line();
  const done = patch(stage, ticket, path, rest, kept);
  await rest.send(bytes.subarray(kept));
  rest.end();
  const address = must((await done).headers.get('copse-file'), 'an address');
  equal(same((await stage.ask('GET', `/files/${address}`)).bytes, bytes), true);
});

test('[Z42] a chunk that does not come is not waited for', async () => {
  const clock = new FakeEnv();
  await using stage = await FileStage.open({ clock });
  stage.join(ada);
  const ticket = await stage.ticket(ada);
  const bytes = bytesOf(1000);
  const { body } = await stage.begin(ticket, bytes);
  const line = new Line();
  const place = `/files/${body.address}/0`;
  const answer = stage.ask('PUT', place, { headers: bearer(ticket), body: line.body });
  await line.send(bytes.subarray(0, 999));
  await clock.advance(fileArrivalMs);
  equal((await answer).body.code, 'deadline');
  const whole = new Line();
  const again = stage.ask('PUT', place, { headers: bearer(ticket), body: whole.body });
  await whole.send(concat(bytes.subarray(0, 999), bytes.subarray(999)));
  whole.end();
  equal((await again).status, 204);
  equal(clock.timerCount, 1, 'the sweep alone');
});

test('[Z43] the addresses of one network count as one', async () => {
  await using stage = await FileStage.open({ clock: new FakeEnv() });
  const path = `/files/${'0'.repeat(64)}`;
  const from = async (address: string) => (await stage.ask('GET', path, { address })).body;
  const host = (at: number): string => `2001:db8:7:1::${at.toString(16)}`;
  equal(fileReadsBurst < addressesMeteredMax, true);
  for (let at = 0; at < fileReadsBurst; at++) equal((await from(host(at))).code, 'unknown');
  const refused = await from(host(fileReadsBurst));
  equal(refused.code, 'tooMany');
  match(refused.detail, /requests for files/);
  equal((await from('2001:db8:7:2::1')).code, 'unknown');
});
