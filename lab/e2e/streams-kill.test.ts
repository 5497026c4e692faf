/**
 * Whatever is done with streams while their node is killed: after each restart every stream is as it was
 * acknowledged, or as the one request asked for that had no answer (SPEC F2, F3, F8).
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { must } from 'copse/internal/base/assert.ts';
import { scratch } from './support/garden.ts';
import { startNode, type NodeChild } from './support/node.ts';

const SLOW = { timeout: 60_000 };
const TEXT = { 'content-type': 'text/plain' };
const PATHS = ['a', 'b', 'c', 'd', 'e', 'f'];
const KILLS = 5;

/** A stream as its clients know it; null: there is none. */
type Known = { readonly text: string; readonly isClosed: boolean; readonly sequence: number } | null;

interface Step {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly after: Known;
}

/** A generator of numbers that a failing run can be repeated with. */
function chanceOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What is done next with a stream; `others` are streams that can be forked. */
function stepOf(known: Known, count: number, chance: (below: number) => number): Step {
  const body = `${count};${chance(8) === 0 ? 'x'.repeat(140_000) : ''}`;
  if (known === null)
    return { method: 'PUT', headers: TEXT, body, after: { text: body, isClosed: false, sequence: 0 } };
  const { text, sequence, isClosed } = known;
  const kind = chance(12);
  if (kind === 0 || isClosed) return { method: 'DELETE', headers: {}, body: '', after: null };
  if (kind === 1) {
    const headers = { ...TEXT, 'stream-closed': 'true' };
    return { method: 'POST', headers, body, after: { text: text + body, isClosed: true, sequence } };
  }
  const next = kind < 6 ? count : sequence;
  const headers = { ...TEXT, ...(kind < 6 ? { 'stream-seq': String(next).padStart(9, '0') } : {}) };
  return { method: 'POST', headers, body, after: { text: text + body, isClosed, sequence: next } };
}

class Client {
  readonly #node: NodeChild;
  readonly #path: string;
  readonly #chance: (below: number) => number;
  known: Known = null;
  /** What a request without an answer may have made of it. */
  perhaps: Known | undefined;
  #count = 0;
  answered = 0;

  constructor(node: NodeChild, path: string) {
    this.#node = node;
    this.#path = path;
    this.#chance = chanceOf(path.charCodeAt(0) * 7_919);
  }

  get #url(): string {
    return `${this.#node.url}/v1/stream/${this.#path}`;
  }

  /** Works until a request has no answer. */
  async work(): Promise<void> {
    for (;;) {
      const { method, headers, body, after } = stepOf(this.known, ++this.#count, this.#chance);
      const init = { method, headers, ...(body === '' ? {} : { body }) };
      const answer = await fetch(this.#url, init).catch(() => null);
      if (answer === null) {
        this.perhaps = after;
        return;
      }
      assert.ok(answer.ok, `${method} ${this.#path}: ${answer.status} ${await answer.text()}`);
      this.known = after;
      this.answered++;
    }
  }

  /** Looks what there is, and that it is what there may be. */
  async check(): Promise<void> {
    const found = await this.#read();
    const allowed = this.perhaps === undefined ? [this.known] : [this.known, this.perhaps];
    const same = allowed.find((each) => each?.text === found?.text && each?.isClosed === found?.isClosed);
    assert.notEqual(same, undefined, `${this.#path} is another one after the restart`);
    // Whether the last number counts is seen by trying the one before.
    this.known = must(same === undefined ? null : { same }, 'found').same;
    if (this.known !== null && this.known.sequence > 0 && !this.known.isClosed) {
      const headers = { ...TEXT, 'stream-seq': String(this.known.sequence).padStart(9, '0') };
      const again = await fetch(this.#url, { method: 'POST', headers, body: 'again' });
      assert.equal(again.status, 409, `${this.#path} takes a number twice`);
    }
    this.perhaps = undefined;
  }

  async #read(): Promise<{ readonly text: string; readonly isClosed: boolean } | null> {
    let text = '';
    for (let offset = '-1'; ;) {
      const answer = await fetch(`${this.#url}?offset=${offset}`);
      if (answer.status === 404) return null;
      assert.equal(answer.status, 200);
      text += await answer.text();
      if (answer.headers.has('stream-up-to-date'))
        return { text, isClosed: answer.headers.has('stream-closed') };
      offset = must(answer.headers.get('stream-next-offset'), 'a page says where to go on');
    }
  }
}

test('[F2, F3] streams are as they were acknowledged after every kill of their node', SLOW, async () => {
  await using folder = await scratch();
  await using node = await startNode(`${folder.path}/data`, ['--streams', 'open', '--stream-rate', '0']);
  const clients = PATHS.map((path) => new Client(node, path));
  for (let kill = 0; kill < KILLS; kill++) {
    const working = Promise.all(clients.map((client) => client.work()));
    await pause(150 + 90 * kill);
    await node.kill();
    await working;
    await node.restart();
    for (const client of clients) await client.check();
  }
  const answered = clients.reduce((sum, client) => sum + client.answered, 0);
  assert.ok(answered > 100, `${answered} requests were answered`);
});

test(
  '[F8] a fork and its source are both there or the fork is not, when the node is killed',
  SLOW,
  async () => {
    await using folder = await scratch();
    await using node = await startNode(`${folder.path}/data`, ['--streams', 'open', '--stream-rate', '0']);
    const url = (path: string): string => `${node.url}/v1/stream/${path}`;
    await fetch(url('source'), { method: 'PUT', headers: TEXT, body: 'kept' });
    const made: string[] = [];
    const forking = async (): Promise<void> => {
      for (let count = 0; ; count++) {
        const path = `fork-${count}`;
        const headers = { ...TEXT, 'stream-forked-from': '/v1/stream/source' };
        const answer = await fetch(url(path), { method: 'PUT', headers, body: path }).catch(() => null);
        if (answer === null) return;
        made.push(path);
      }
    };
    const work = forking();
    await pause(200);
    await node.kill();
    await work;
    await node.restart();
    assert.ok(made.length > 5);
    await fetch(url('source'), { method: 'DELETE' });
    for (const path of made) assert.equal(await (await fetch(url(path))).text(), `kept${path}`);
    await node.kill();
    await node.restart();
    assert.equal((await fetch(url('source'))).status, 410);
    for (const path of made) assert.equal((await fetch(url(path), { method: 'DELETE' })).status, 204);
    // One that was never answered may be there as well, and then keeps the source.
    const last = await fetch(url(`fork-${made.length}`), { method: 'DELETE' });
    assert.ok(last.status === 204 || last.status === 404);
  },
);
