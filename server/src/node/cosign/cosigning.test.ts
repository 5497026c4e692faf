/** A node as the witness of another, in one process: what it does when that node is away, foreign or itself. */

import { deepEqual, equal, match, ok, throws } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { base64url } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { WitnessStore } from '../../store/witness.ts';
import { composeNode, type RunningNode } from '../compose.ts';
import { diagnose } from '../doctor/doctor.ts';
import { readSettings, type Settings } from '../settings.ts';
import { peersOf } from './peers.ts';

const WAIT_MS = 10_000;

class Place implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'copse-cosigning-'));
  readonly #nodes: RunningNode[] = [];
  readonly lines: string[] = [];

  settings(name: string, flags: Readonly<Record<string, unknown>> = {}): Settings {
    return readSettings({
      flags: { data: join(this.folder, name), port: 0, cosignSeconds: 1, ...flags },
      environment: {},
      file: {},
    });
  }

  async start(name: string, flags: Readonly<Record<string, unknown>> = {}): Promise<RunningNode> {
    const env = realEnv((level, event, fields) => {
      if (event.startsWith('cosign.')) this.lines.push(`${level} ${event} ${JSON.stringify(fields)}`);
    });
    const node = await composeNode(this.settings(name, flags), env);
    this.#nodes.push(node);
    return node;
  }

  /** What the memory says of the only address. */
  look(name: string) {
    using store = WitnessStore.reading(join(this.folder, name, 'witness.sqlite'));
    return store.looks()[0] ?? null;
  }

  async said(name: string, flags: Readonly<Record<string, unknown>>) {
    for await (const found of diagnose(this.settings(name, flags), realEnv(), nativePrimitives()))
      if (found.name === 'cosigning') return found;
    throw new Error('the doctor has not looked');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#nodes.toReversed()) await node[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function eventually(holds: () => boolean): Promise<void> {
  const endMs = performance.now() + WAIT_MS;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error('it did not come');
    await pause(20);
  }
}

const figure = (node: RunningNode, name: string): string =>
  node.figures().find((one) => one.name === name)?.value ?? 'none';

test('[M16] peers are named by origin, with a key or without, and in no other way', () => {
  const one = base64url(new Uint8Array(32).fill(5));
  deepEqual(peersOf(''), []);
  deepEqual(
    peersOf('https://a.example, http://127.0.0.1:7070')?.map(({ url }) => url),
    ['https://a.example', 'http://127.0.0.1:7070'],
  );
  equal(peersOf(`https://a.example#${one}`)?.[0]?.node?.[0], 5);
  const wrong = [
    'http://a.example',
    'http://10.0.0.1',
    'ftp://a.example',
    'file:///etc/passwd',
    'https://user:word@a.example',
    'https://a.example/path',
    'https://a.example?x=1',
    'https://a.example#key',
    'a.example',
    'https://a.example,https://a.example',
    Array.from({ length: 17 }, (_, n) => `https://${n}.example`).join(),
  ];
  for (const text of wrong) equal(peersOf(text), null, text);
  throws(() => readSettings({ flags: { cosign: 'http://a.example' }, environment: {}, file: {} }), {
    code: 'config',
  });
});

test('[M16] a node that is named nobody is no witness, and has no memory of one', async () => {
  await using here = new Place();
  const node = await here.start('alone');
  equal(figure(node, 'cosignPeers'), 'none');
  throws(() => here.look('alone'));
  deepEqual((await here.said('alone', {})).findings, []);
});

test('[M16] who is not taken yet says by which words he is, in the log and to the doctor', async () => {
  await using here = new Place();
  const watched = await here.start('watched');
  const flags = { cosign: watched.url };
  const witness = await here.start('witness', flags);
  await eventually(() => (here.look('witness')?.failure ?? null) !== null);
  match(here.look('witness')?.failure ?? '', /copse cosigners add copse\.witness\//);
  ok(here.lines.some((line) => line.startsWith('info cosign.watching') && line.includes('copse.witness/')));
  const { findings } = await here.said('witness', flags);
  match(findings[0]?.what ?? '', /copse cosigners add/);
  deepEqual([figure(witness, 'cosignPeers'), figure(witness, 'cosignFailing')], ['1', '1']);
  equal(figure(witness, 'cosignNever'), '1');
});

test('[M16] failures are said once and seen until it goes well again', async () => {
  await using here = new Place();
  const watched = await here.start('watched');
  const flags = { cosign: watched.url };
  await watched[Symbol.asyncDispose]();
  const witness = await here.start('witness', flags);
  await eventually(() => Number(figure(witness, 'cosignFailedTotal')) >= 2);
  equal(here.lines.filter((line) => line.startsWith('warn cosign.failed')).length, 1);
  match((await here.said('witness', flags)).findings[0]?.what ?? '', /was not reached/);
});

test('[M16] an address with another key than it had, or with that of the node itself, is not signed', async () => {
  await using here = new Place();
  const watched = await here.start('watched');
  const foreign = base64url(new Uint8Array(32).fill(5));
  await here.start('witness', { cosign: `${watched.url}#${foreign}` });
  await eventually(() => (here.look('witness')?.failure ?? null) !== null);
  match(here.look('witness')?.failure ?? '', /has the key/);
  // A free port, so that the node can name itself.
  const free = watched.port;
  await watched[Symbol.asyncDispose]();
  await here.start('self', { cosign: `http://127.0.0.1:${free}`, port: free });
  await eventually(() => (here.look('self')?.failure ?? null) !== null);
  match(here.look('self')?.failure ?? '', /this node itself/);
});

test('[M16] an address that leads elsewhere, or answers without end, is a failure and costs no more', async () => {
  await using here = new Place();
  const visited: string[] = [];
  const elsewhere = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: ({ url }) => {
      visited.push(url);
      return new Response('internal');
    },
  });
  const answers: readonly (readonly [string, () => Response, RegExp])[] = [
    ['leads', () => Response.redirect(`http://127.0.0.1:${elsewhere.port}/secret`), /was not reached/u],
    ['endless', () => new Response('x'.repeat(1 << 20)), /large/u],
    ['odd', () => new Response('{"key":"short"}'), /is not a node/u],
  ];
  for (const [name, answer, why] of answers) {
    const peer = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: answer });
    const witness = await here.start(name, { cosign: `http://127.0.0.1:${peer.port}` });
    await eventually(() => (here.look(name)?.failure ?? null) !== null);
    match(here.look(name)?.failure ?? '', why, name);
    await witness[Symbol.asyncDispose]();
    await peer.stop(true);
  }
  deepEqual(visited, []);
  await elsewhere.stop(true);
});
