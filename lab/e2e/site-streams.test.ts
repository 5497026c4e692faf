/** Logs of sites as streams (SPEC F10, F11): programs of members over HTTP, beside people who use the same logs. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { base64url, fromBase64url, fromHex, utf8 } from 'copse/internal/base/bytes.ts';
import { must } from 'copse/internal/base/assert.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { key } from 'copse/internal/base/ids.ts';
import { deviceIdOf } from 'copse/internal/crypto/hash.ts';
import { encodeEntry, EntryCursor } from 'copse/internal/wire/entry.ts';
import { StreamNames } from '../../server/src/node/streams/names.ts';
import { HttpProgram } from '../suites/http-program.ts';
import { primitives, type Pair } from '../suites/people.ts';
import { Cli, type Values } from './support/cli.ts';

const SLOW = { timeout: 60_000 };
const MAIN = join(import.meta.dirname, '../../server/src/cli/main.ts');
const ENTRIES = 'application/vnd.copse.entries';
const env = realEnv();

interface Ask {
  readonly body?: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: Uint8Array | null;
}

/** A program with a key of its own, for which somebody's device has signed. */
class Program {
  readonly device: Pair;
  readonly calls: HttpProgram;
  readonly #url: string;

  static async of(cli: Cli, home: string, url: string, permissions = 'read,write'): Promise<Program> {
    const seed = env.random(32);
    const program = new Program({ seed, key: key(await primitives.ed25519PublicKey(seed)) }, url);
    const { blessing } = await one(
      cli,
      ['bless', '--permissions', permissions, '--', base64url(program.device.key)],
      home,
    );
    const guid = base64url(env.random(16));
    const answer = await program.calls.call('login', { shard: 0, guid, blessing: String(blessing) });
    program.calls.token = fromBase64url(String(answer.body.token));
    return program;
  }

  private constructor(device: Pair, url: string) {
    this.device = device;
    this.#url = url;
    const send = (request: Request): Promise<Response> => fetch(request);
    this.calls = new HttpProgram({ origin: url, device, wallMs: () => Date.now(), send });
  }

  /** A request to a stream, with a proof; once more when the nonce was old. */
  async ask(method: string, path: string, ask: Ask = {}): Promise<Response> {
    const answer = await this.#once(method, path, ask);
    this.calls.nonce = answer.headers.get('dpop-nonce') ?? this.calls.nonce;
    const isOld = /use_dpop_nonce/.test(answer.headers.get('www-authenticate') ?? '');
    return isOld ? this.#once(method, path, ask) : answer;
  }

  async #once(method: string, path: string, { body, headers, token }: Ask): Promise<Response> {
    const address = `${this.#url}/v1/stream/${path.split('?')[0]}`;
    const shown = token === undefined ? this.calls.token : token;
    const all = {
      ...headers,
      ...(shown === null
        ? {}
        : {
            authorization: `DPoP ${base64url(shown)}`,
            dpop: await this.calls.prove(address, shown, { method }),
          }),
    };
    const init = { method, headers: all, ...(body === undefined ? {} : { body: Buffer.from(body) }) };
    return fetch(`${this.#url}/v1/stream/${path}`, init);
  }

  /** An entry of this program, sealed as far as the node can tell. */
  entry(seq: number, payload: string, keyEpoch: number): Uint8Array {
    const device = must(fromHex(deviceIdOf(primitives, this.device.key)), 'an id is hex');
    const header = { sealed: true, device, epoch: 1, seq, keyEpoch, timeMs: Date.now() };
    return encodeEntry({ ...header, payload: utf8(payload) });
  }
}

async function one(cli: Cli, words: readonly string[], home = 'ada'): Promise<Values> {
  const [value] = await cli.json(words, { home });
  return must(value, words.join(' '));
}

interface Garden {
  readonly url: string;
  readonly site: string;
  readonly chat: string;
  readonly news: string;
}

/** Ada's garden with two logs, of which Bea may read all. */
async function garden(cli: Cli): Promise<Garden> {
  const { said } = await cli.serve(cli.path('data'), ['--port', '0']);
  await cli.ok(['login', said.url, '--name', 'Ada']);
  await cli.ok(['site', 'found', 'Garden', '--log', 'chat', 'news']);
  const { link } = await one(cli, ['invite', 'Garden', '--permissions', 'read']);
  await cli.ok(['join', String(link), '--name', 'Bea'], { home: 'bea' });
  const { site, logs } = await one(cli, ['ids', 'Garden']);
  const ids = new Map(Object.entries(Object(logs)));
  return { url: said.url, site: String(site), chat: String(ids.get('chat')), news: String(ids.get('news')) };
}

function entriesIn(bytes: Uint8Array): readonly { readonly sealed: boolean; readonly seq: number }[] {
  const cursor = new EntryCursor(bytes);
  const found = [];
  while (cursor.next()) found.push({ sealed: cursor.sealed, seq: cursor.seq });
  return found;
}

test(
  '[F10] members read and append the entries of a log over HTTP, as they stand and once each',
  SLOW,
  async () => {
    await using cli = new Cli([process.execPath, MAIN]);
    const { url, site, chat, news } = await garden(cli);
    await cli.ok(['write', 'Garden', 'chat', 'hello']);
    const ada = await Program.of(cli, 'ada', url);
    const bea = await Program.of(cli, 'bea', url);
    const path = `${site}/${chat}`;
    const read = await bea.ask('GET', path);
    assert.equal(read.headers.get('content-type'), ENTRIES);
    assert.match(read.headers.get('cache-control') ?? '', /^private/);
    assert.deepEqual(
      entriesIn(await read.bytes()).map(({ sealed }) => sealed),
      [true],
    );
    const leased = await ada.calls.call('lease', { shard: 0, site, log: chat, want: 'write' });
    const keyEpoch = Number(leased.body.keyEpoch);
    const headers = { 'content-type': ENTRIES };
    const send = (who: Program, body: Uint8Array): Promise<Response> =>
      who.ask('POST', path, { body, headers });
    const first = ada.entry(1, 'one', keyEpoch);
    assert.equal((await send(ada, first)).status, 204);
    const again = await send(ada, first);
    assert.equal(again.status, 204);
    assert.equal(again.headers.get('stream-next-offset'), `${'2'.padStart(16, '0')}_${'0'.repeat(16)}`);
    const gap = await send(ada, ada.entry(3, 'three', keyEpoch));
    assert.equal(gap.status, 409);
    assert.equal(gap.headers.get('producer-expected-seq'), '2');
    assert.equal((await send(bea, bea.entry(1, 'mine', keyEpoch))).status, 403);
    assert.equal((await send(ada, bea.entry(1, 'not mine', keyEpoch))).status, 403);
    assert.equal((await send(ada, ada.entry(2, 'old', keyEpoch - 1))).status, keyEpoch > 0 ? 409 : 204);
    assert.equal((await send(ada, utf8('no entry'))).status, 400);
    const next = read.headers.get('stream-next-offset') ?? '';
    const rest = await bea.ask('GET', `${path}?offset=${next}`);
    assert.deepEqual(entriesIn(await rest.bytes()), [{ sealed: true, seq: 1 }]);
    // The token of a lease opens its log and no other.
    const token = must(fromBase64url(String(leased.body.token)), 'a token is base64url');
    assert.equal((await ada.ask('GET', path, { token })).status, 200);
    assert.equal((await ada.ask('GET', `${site}/${news}`, { token })).status, 403);
  },
);

test('[F10] nobody else may, and who may no longer is told nothing more', SLOW, async () => {
  await using cli = new Cli([process.execPath, MAIN]);
  const { url, site, chat } = await garden(cli);
  const path = `${site}/${chat}`;
  const ada = await Program.of(cli, 'ada', url);
  const bea = await Program.of(cli, 'bea', url);
  for (const answer of [
    await fetch(`${url}/v1/stream/${path}`),
    await ada.ask('GET', path, { token: null }),
    await ada.ask('GET', path, { token: bea.calls.token }),
    await fetch(`${url}/v1/stream/${path}`, { headers: { authorization: `Bearer ${'x'.repeat(43)}` } }),
  ])
    assert.equal(answer.status, 401);
  const proof = await bea.calls.prove(`${url}/v1/stream/${path}`, bea.calls.token, { method: 'GET' });
  const shown = { authorization: `DPoP ${base64url(must(bea.calls.token, 'logged in'))}`, dpop: proof };
  assert.equal((await bea.ask('GET', path)).status, 200);
  const isFirst = (await fetch(`${url}/v1/stream/${path}`, { headers: shown })).status;
  assert.equal((await fetch(`${url}/v1/stream/${path}`, { headers: shown })).status, 401, `after ${isFirst}`);
  assert.equal((await bea.ask('GET', `${'0'.repeat(32)}/${chat}`)).status, 403);
  // What is known of streams, and those without a site, are in a site of which nobody has the root.
  const names = new StreamNames(primitives);
  for (const log of [names.state('any'), names.state(path), names.data('any', 1)])
    assert.equal((await ada.ask('GET', `${names.openSite}/${log}`)).status, 403);
  assert.equal((await bea.ask('PUT', path, { headers: { 'content-type': 'text/plain' } })).status, 403);
  assert.equal((await ada.ask('DELETE', path)).status, 405);
  const tail = (await bea.ask('HEAD', path)).headers.get('stream-next-offset') ?? '';
  const polling = bea.ask('GET', `${path}?offset=${tail}&live=long-poll`);
  const watching = await bea.ask('GET', `${path}?offset=${tail}&live=sse`);
  const events = watching.text();
  const grants = await cli.json(['grants', 'Garden'], { home: 'ada' });
  const grant = JSON.stringify(grants).match(/"id":"([0-9a-f]{64})"/g) ?? [];
  for (const each of grant) await cli.run(['revoke', 'Garden', each.slice(6, -1)], { home: 'ada' });
  await cli.ok(['write', 'Garden', 'chat', 'for others']);
  assert.equal((await polling).status, 403);
  assert.doesNotMatch(await events, /event: data/);
  assert.equal((await bea.ask('GET', path)).status, 403);
});

test(
  '[F11] an admin makes a log plain and opens it to a token or to all, and takes that back',
  SLOW,
  async () => {
    await using cli = new Cli([process.execPath, MAIN]);
    const { url, site, chat, news } = await garden(cli);
    await cli.ok(['write', 'Garden', 'chat', 'sealed']);
    const ada = await Program.of(cli, 'ada', url, 'read,write,admin');
    const modest = await Program.of(cli, 'ada', url);
    const plain = { 'content-type': 'text/plain' };
    assert.equal((await modest.ask('PUT', `${site}/${news}`, { headers: plain })).status, 403);
    assert.equal((await ada.ask('PUT', `${site}/${chat}`, { headers: plain })).status, 409);
    const path = `${site}/${news}`;
    assert.equal((await ada.ask('PUT', path, { headers: plain })).status, 201);
    assert.equal((await ada.ask('POST', path, { headers: plain, body: 'in clear' })).status, 204);
    const stranger = (method: string, init: RequestInit = {}): Promise<Response> =>
      fetch(`${url}/v1/stream/${path}`, { method, ...init });
    assert.equal((await stranger('GET')).status, 401);
    const share = async (readers: string, writers: string): Promise<Readonly<Record<string, string>>> => {
      const answer = await ada.ask('PUT', `${path}?access`, { body: JSON.stringify({ readers, writers }) });
      assert.equal(answer.status, 200, await answer.clone().text());
      return JSON.parse(await answer.text());
    };
    const { token } = await share('all', 'token');
    const read = await stranger('GET', { headers: { origin: 'https://elsewhere.example' } });
    assert.equal(await read.text(), 'in clear');
    assert.match(read.headers.get('cache-control') ?? '', /^public/);
    assert.equal(read.headers.get('access-control-allow-origin'), 'https://elsewhere.example');
    assert.equal((await stranger('POST', { headers: plain, body: '!' })).status, 401);
    const shown = { ...plain, authorization: `Bearer ${token}` };
    assert.equal((await stranger('POST', { headers: shown, body: ' and more' })).status, 204);
    assert.equal((await stranger('PUT', { headers: shown })).status, 401);
    const anew = await share('token', 'token');
    assert.notEqual(anew.token, token);
    assert.equal((await stranger('GET', { headers: shown })).status, 401);
    await share('members', 'members');
    assert.equal((await stranger('GET', { headers: { authorization: `Bearer ${anew.token}` } })).status, 401);
    assert.equal(await (await ada.ask('GET', path)).text(), 'in clear and more');
    const sealed = await ada.ask('PUT', `${site}/${chat}?access`, {
      body: JSON.stringify({ readers: 'all', writers: 'all' }),
    });
    assert.equal(sealed.status, 403);
  },
);
