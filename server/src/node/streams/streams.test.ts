import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { streamBodyBytesMax } from 'copse/internal/base/limits-streams.ts';
import { next, producer, StreamStage } from './testing.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

test('[F1] what was appended is read as it was sent, across entries, pages and a restart', async () => {
  await using stage = await StreamStage.open();
  equal((await stage.put('bytes', { 'content-type': 'application/octet-stream' })).status, 201);
  const large = Uint8Array.from({ length: 3_000_001 }, (_, at) => (at * 7) % 251);
  const type = { 'content-type': 'application/octet-stream' };
  for (const body of [Uint8Array.of(1, 2, 3), large, Uint8Array.of(9)])
    equal((await stage.post('bytes', body, type)).status, 204);
  const sent = Buffer.concat([Uint8Array.of(1, 2, 3), large, Uint8Array.of(9)]);
  const read = async (): Promise<Buffer> => {
    const parts: Uint8Array[] = [];
    for (let at = '-1'; ;) {
      const answer = await stage.ask('GET', `bytes?offset=${at}`);
      parts.push(await answer.bytes());
      at = next(answer);
      if (answer.headers.has('stream-up-to-date')) return Buffer.concat(parts);
    }
  };
  ok(sent.equals(await read()));
  await stage.restart();
  ok(sent.equals(await read()));
});

test('[F1] the values of JSON keep their text: large and odd numbers come back as they were', async () => {
  await using stage = await StreamStage.open();
  await stage.put('json', JSON_TYPE);
  for (const body of ['[12345678901234567890, 1.0]', '{"a": [1,2]}', ' "x,y" '])
    equal((await stage.post('json', body, JSON_TYPE)).status, 204);
  equal(await stage.text('json'), '[12345678901234567890, 1.0,{"a": [1,2]}, "x,y" ]');
  for (const body of ['[]', '[1,]', '{', '"\u0001"', ' '])
    equal((await stage.post('json', body, JSON_TYPE)).status, 400, body);
});

test('[F2] what is known of a stream survives a restart', async () => {
  await using stage = await StreamStage.open();
  await stage.put('kept', { 'stream-ttl': '1000' });
  await stage.post('kept', 'a', { 'stream-seq': 'm' });
  await stage.put('shut', {}, 'all');
  await stage.post('shut', ' of it', { 'stream-closed': 'true', ...producer('p', 3, 0) });
  await stage.restart();
  const head = await stage.ask('HEAD', 'kept');
  equal(head.headers.get('stream-ttl'), '1000');
  equal(head.headers.get('content-type'), 'text/plain');
  equal((await stage.post('kept', 'b', { 'stream-seq': 'm' })).status, 409);
  equal((await stage.post('kept', 'b', { 'stream-seq': 'n' })).status, 204);
  const shut = await stage.ask('GET', 'shut');
  equal(shut.headers.get('stream-closed'), 'true');
  equal(await shut.text(), 'all of it');
  const again = await stage.post('shut', ' of it', { 'stream-closed': 'true', ...producer('p', 3, 0) });
  equal(again.status, 204);
  equal((await stage.post('shut', '!', producer('p', 3, 1))).status, 409);
  equal((await stage.put('kept', { 'stream-ttl': '1000' })).status, 200);
  equal((await stage.put('kept', { 'stream-ttl': '1001' })).status, 409);
});

test('[F2] a name is free after its stream was deleted or has expired, also after a restart', async () => {
  await using stage = await StreamStage.open();
  await stage.put('name', {}, 'old');
  const tag = (await stage.ask('GET', 'name')).headers.get('etag');
  equal((await stage.ask('DELETE', 'name')).status, 204);
  equal((await stage.ask('GET', 'name')).status, 404);
  await stage.restart();
  equal((await stage.ask('GET', 'name')).status, 404);
  equal((await stage.put('name', {}, 'new')).status, 201);
  equal(await stage.text('name'), 'new');
  notEqual((await stage.ask('GET', 'name')).headers.get('etag'), tag);
  await stage.put('short', { 'stream-ttl': '1' }, 'x');
  await pause(1100);
  equal((await stage.ask('GET', 'short')).status, 404);
  equal((await stage.put('short')).status, 201);
  equal(await stage.text('short'), '');
});

test('[F3] appends of a producer count once: repeated, out of order, of old epochs, after a restart', async () => {
  await using stage = await StreamStage.open();
  await stage.put('once');
  const send = async (epoch: number, seq: number, body: string): Promise<Response> =>
    stage.post('once', body, producer('writer', epoch, seq));
  equal((await send(0, 0, 'a')).status, 200);
  equal((await send(0, 0, 'a')).status, 204);
  const gap = await send(0, 3, 'd');
  equal(gap.status, 409);
  equal(gap.headers.get('producer-expected-seq'), '1');
  equal((await send(0, 1, 'b')).status, 200);
  equal((await send(7, 1, 'x')).status, 400);
  equal((await send(7, 0, 'c')).status, 200);
  const stale = await send(0, 2, 'x');
  equal(stale.status, 403);
  equal(stale.headers.get('producer-epoch'), '7');
  await stage.restart();
  equal((await send(7, 0, 'c')).status, 204);
  equal((await send(0, 2, 'x')).status, 403);
  equal((await send(7, 1, 'd')).status, 200);
  equal(await stage.text('once'), 'abcd');
});

test('[F3] the same append sent many times at once is there once, a large one too', async () => {
  await using stage = await StreamStage.open();
  await stage.put('rush');
  for (const [seq, body] of ['small', 'L'.repeat(200_000)].entries()) {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => stage.post('rush', body, producer('p', 0, seq))),
    );
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    deepEqual(statuses, [200, ...Array.from({ length: 19 }, () => 204)]);
  }
  equal(await stage.text('rush'), `small${'L'.repeat(200_000)}`);
});

test('[F3] more appends at once than a writer may have in flight are all there, in some order', async () => {
  await using stage = await StreamStage.open({ streamRate: 0 });
  await stage.put('many', JSON_TYPE);
  const numbers = Array.from({ length: 1_000 }, (_, at) => at);
  const answers = await Promise.all(numbers.map((each) => stage.post('many', String(each), JSON_TYPE)));
  ok(answers.every(({ status }) => status === 204));
  const read: number[] = JSON.parse(await stage.text('many'));
  deepEqual(
    read.toSorted((a, b) => a - b),
    numbers,
  );
});

test('[F4] from every offset that was told the rest follows, and offsets grow as text', async () => {
  await using stage = await StreamStage.open();
  const offsets = [next(await stage.put('walk'))];
  let all = '';
  for (let i = 0; i < 20; i++) {
    const body = i % 7 === 3 ? 'x'.repeat(70_000) : `${i};`;
    all += body;
    offsets.push(next(await stage.post('walk', body)));
    ok(offsets.at(-1)! > offsets.at(-2)!);
  }
  let rest = all;
  for (const [i, offset] of offsets.entries()) {
    equal(await stage.text('walk', offset), rest, `from ${i}`);
    rest = rest.slice(i % 7 === 3 ? 70_000 : `${i};`.length);
  }
  for (const wrong of ['x', '1', '', '-2', `${'9'.repeat(16)}_${'0'.repeat(16)}`, 'now%20'])
    equal((await stage.ask('GET', `walk?offset=${wrong}`)).status, 400, wrong);
});

test('[F4] who reads while large appends become durable gets them whole', async () => {
  await using stage = await StreamStage.open({ streamRate: 0 });
  await stage.put('grow');
  const bodies = Array.from({ length: 6 }, (_, at) => String(at).repeat(2_500_000));
  let isOver = false;
  const reader = async (): Promise<string> => {
    let [text, offset] = ['', '-1'];
    for (;;) {
      const wasOver = isOver;
      const answer = await stage.ask('GET', `grow?offset=${offset}`);
      text += await answer.text();
      offset = next(answer);
      if (wasOver && answer.headers.has('stream-up-to-date')) return text;
    }
  };
  const reading = Promise.all([reader(), reader()]);
  for (const body of bodies) equal((await stage.post('grow', body)).status, 204);
  isOver = true;
  for (const text of await reading) ok(text === bodies.join(''));
});

test('[F4] who has a page already is told so, until there is more or the end', async () => {
  await using stage = await StreamStage.open();
  await stage.put('tags', {}, 'one');
  const tagOf = async (): Promise<string> => (await stage.ask('GET', 'tags')).headers.get('etag') ?? '';
  const statusWith = async (tags: string): Promise<number> =>
    (await stage.ask('GET', 'tags', { 'if-none-match': tags })).status;
  const first = await tagOf();
  for (const tags of [first, `"x", ${first}`, `W/${first}`]) equal(await statusWith(tags), 304, tags);
  equal(await statusWith('"x"'), 200);
  await stage.post('tags', 'two');
  equal(await statusWith(first), 200);
  const second = await tagOf();
  await stage.post('tags', '', { 'stream-closed': 'true' });
  equal(await statusWith(second), 200);
  equal(await statusWith(await tagOf()), 304);
});

test('[F5] a long poll ends with news, with the end of the stream, or with time', async () => {
  await using stage = await StreamStage.open({ streamPollSeconds: 1 });
  const tail = next(await stage.put('poll'));
  const poll = (offset: string): Promise<Response> =>
    stage.ask('GET', `poll?offset=${offset}&live=long-poll`);
  const late = await poll(tail);
  equal(late.status, 204);
  equal(late.headers.get('stream-up-to-date'), 'true');
  const waiting = poll(tail);
  await pause(50);
  await stage.post('poll', 'news');
  const told = await waiting;
  equal(await told.text(), 'news');
  const closing = poll(next(told));
  await pause(50);
  await stage.post('poll', '', { 'stream-closed': 'true' });
  equal((await closing).headers.get('stream-closed'), 'true');
});

test('[F5] events carry any text to the letter, and end with the stream', async () => {
  await using stage = await StreamStage.open();
  await stage.put('events');
  const answer = await stage.ask('GET', 'events?offset=-1&live=sse');
  equal(answer.headers.get('content-type'), 'text/event-stream');
  const reading = answer.text();
  await stage.post('events', ' led\n\nevent: control\ndata:{}');
  await stage.post('events', '', { 'stream-closed': 'true' });
  const said = (await reading).split('\n\n').filter((each) => each !== '');
  const data =
    said
      .find((each) => each.startsWith('event: data'))
      ?.split('\n')
      .slice(1) ?? [];
  const lines = data.map((line) => line.replace(/^data: ?/, ''));
  equal(lines.join('\n'), ' led\n\nevent: control\ndata:{}');
  match(said.at(-1) ?? '', /^event: control\ndata:\{.*"streamClosed":true/);
});

test('[F5, F7] whoever goes away gives her place back', async () => {
  await using stage = await StreamStage.open();
  const tail = next(await stage.put('left'));
  const waiting = async (): Promise<number> => {
    const metrics = await (await fetch(`${stage.url}/metrics`)).text();
    return Number(/^copse_stream_readers_waiting (\d+)$/m.exec(metrics)?.[1]);
  };
  const until = async (count: number): Promise<void> => {
    for (let tries = 0; (await waiting()) !== count; tries++) {
      ok(tries < 100, `${await waiting()} readers wait, not ${count}`);
      await pause(20);
    }
  };
  const gone = new AbortController();
  const { signal } = gone;
  const url = `${stage.url}/v1/stream/left?offset=${tail}&live=`;
  const polls = Array.from({ length: 3 }, () => fetch(`${url}long-poll`, { signal }).catch(() => null));
  const events = await Promise.all(Array.from({ length: 4 }, () => fetch(`${url}sse`, { signal })));
  const reading = events.map((answer) => answer.text().catch(() => ''));
  await until(7);
  gone.abort();
  await Promise.all([...polls, ...reading]);
  await until(0);
  // A deleted stream lets its readers go too.
  const last = await fetch(`${url}sse`);
  await until(1);
  await stage.ask('DELETE', 'left');
  await last.text();
  await until(0);
});

test('[F6] streams without a site are off, or for whoever has the token, which only its owner reads', async () => {
  await using off = await StreamStage.open({ streams: 'off' });
  equal((await off.put('any')).status, 404);
  await using stage = await StreamStage.open({ streams: 'token' });
  const path = join(stage.directory, 'data', 'stream-token');
  equal(statSync(path).mode & 0o777, 0o600);
  const token = (await readFile(path, 'utf8')).trim();
  equal((await stage.put('any')).status, 401);
  equal((await stage.put('any', { authorization: `Bearer ${token.slice(1)}x` })).status, 401);
  equal((await stage.put('any', { authorization: `Bearer ${token}` }, 'x')).status, 201);
  const read = await stage.ask('GET', 'any', { authorization: `Bearer ${token}` });
  match(read.headers.get('cache-control') ?? '', /^private/);
});

test('[F7] what is wrong or too much is refused with a problem, and changes nothing', async () => {
  await using stage = await StreamStage.open({ streamRate: 20 });
  await stage.put('strict', {}, 'kept');
  const tooLarge = await stage.post('strict', new Uint8Array(streamBodyBytesMax + 1));
  equal(tooLarge.status, 413);
  const said: { code: string } = JSON.parse(await tooLarge.text());
  equal(said.code, 'tooLarge');
  for (const headers of [
    { 'producer-id': 'p' },
    producer('', 0, 0),
    { ...producer('p', 0, 0), 'producer-epoch': '4294967295' },
    { 'content-type': 'nothing' },
    { 'stream-seq': 'x'.repeat(300) },
  ])
    equal((await stage.post('strict', 'x', headers)).status, 400, JSON.stringify(headers));
  equal((await stage.post('strict', 'x', { 'content-type': 'text/html' })).status, 409);
  equal((await stage.put('__ds/subscriptions/a')).status, 404);
  equal((await stage.put('p'.repeat(1_100))).status, 404);
  equal((await stage.ask('PATCH', 'strict')).status, 405);
  equal(await stage.text('strict'), 'kept');
  const answers = await Promise.all(Array.from({ length: 120 }, () => stage.ask('HEAD', 'strict')));
  const limited = answers.find(({ status }) => status === 429);
  ok(Number(limited?.headers.get('retry-after')) > 0);
});

test('[F8] a fork has what came before, and outlives its source, also after a restart', async () => {
  await using stage = await StreamStage.open();
  const at = next(await stage.put('source', {}, 'one,'));
  await stage.post('source', 'two,');
  const from = { 'stream-forked-from': '/v1/stream/source' };
  equal((await stage.put('early', { ...from, 'stream-fork-offset': at })).status, 201);
  equal(
    (await stage.put('part', { ...from, 'stream-fork-offset': at, 'stream-fork-sub-offset': '2' })).status,
    201,
  );
  equal((await stage.put('whole', from)).status, 201);
  await stage.post('source', 'three');
  await stage.post('early', 'own');
  const expected = { early: 'one,own', part: 'one,tw', whole: 'one,two,' };
  for (const [path, text] of Object.entries(expected)) equal(await stage.text(path), text);
  equal((await stage.ask('DELETE', 'source')).status, 204);
  await stage.restart();
  equal((await stage.ask('GET', 'source')).status, 410);
  equal((await stage.put('source')).status, 409);
  for (const [path, text] of Object.entries(expected)) equal(await stage.text(path), text);
  for (const path of Object.keys(expected)) equal((await stage.ask('DELETE', path)).status, 204);
  equal((await stage.ask('GET', 'source')).status, 404);
  equal((await stage.put('source', {}, 'anew')).status, 201);
});
