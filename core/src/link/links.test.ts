/** One small service over the four links: direct, encoded, simulated, real socket (SPEC W10). */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { realEnv, type Env } from '../base/env.ts';
import { asFault, Fault, FAULTS, type FaultCode } from '../base/fault.ts';
import { socketLink } from '../client/socket-link.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { call, cast, contract, push, type Api, type Events, type Remote } from '../wire/contract.ts';
import { bytes, text, uint } from '../wire/shape.ts';
import { direct } from './direct.ts';
import { linkPair, type Link } from './link.ts';
import { Outbox, WriterPool } from './outbox.ts';
import { dial } from './remote.ts';
import { Host, pusher, service } from './serve.ts';

const abacus = contract({
  name: 'abacus',
  doc: 'A service for tests.',
  calls: {
    add: call(1, 'Adds.', struct({ terms: list(uint(), 10) }), struct({ sum: uint() })),
    wait: call(2, 'Never answers.', nothing, nothing, 50),
    fail: call(3, 'Fails as it is told.', struct({ how: text(20) }), nothing),
    find: call(
      4,
      'Finds or not.',
      struct({ key: text(8) }),
      union({ hit: [1, struct({ value: maybe(bytes(8)) })], miss: [2, nothing] }),
    ),
    later: call(5, 'Adds, after a while.', struct({ terms: list(uint(), 10) }), struct({ sum: uint() })),
  },
  casts: { note: cast(16, 'Remembers a word.', struct({ word: text(20) })) },
  pushes: { heard: push(1, 'A word that was noted.', struct({ word: text(20) })) },
});

class Abacus implements Api<typeof abacus> {
  readonly #events: Events<typeof abacus>;

  constructor(events: Events<typeof abacus>) {
    this.#events = events;
  }

  add({ terms }: { readonly terms: readonly number[] }): { readonly sum: number } {
    return { sum: terms.reduce((sum, term) => sum + term, 0) };
  }

  async later(request: { readonly terms: readonly number[] }): Promise<{ readonly sum: number }> {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    return this.add(request);
  }

  wait(): Promise<Record<never, never>> {
    return new Promise(() => {});
  }

  fail({ how }: { readonly how: string }): never {
    if (how === 'fault') throw new Fault('taken', 'somebody else has it');
    throw new TypeError(`the secret is ${how}`);
  }

  find({ key }: { readonly key: string }): { kind: 'hit'; value: Uint8Array | null } | { kind: 'miss' } {
    if (key === 'none') return { kind: 'miss' };
    return { kind: 'hit', value: key === 'null' ? null : Uint8Array.of(1, 2, 3) };
  }

  note({ word }: { readonly word: string }): void {
    this.#events.heard({ word });
  }
}

interface Opened extends AsyncDisposable {
  readonly remote: Remote<typeof abacus>;
}

/** Puts the service at one end of a link. */
function serveAbacus(link: Link): void {
  const outbox = new Outbox(
    { send: (message) => link.send(message), schedule: (flush) => queueMicrotask(flush) },
    new WriterPool(),
  );
  const host = new Host(new Abacus(pusher(abacus, outbox)), {
    service: service(abacus),
    outbox,
    onFault: (fault) => link.close(fault),
    onMistake: () => {},
  });
  link.listen({ onMessage: (message) => host.receive(message), onClose: () => {} });
}

function over(links: readonly [Link, Link], events: Events<typeof abacus>): Opened {
  serveAbacus(links[1]);
  const dialed = dial(abacus, links[0], events, realEnv());
  return { remote: dialed.remote, [Symbol.asyncDispose]: async () => dialed.close() };
}

/** Messages take a random while and keep their order, as on the simulator's wires. */
function slowPair(): readonly [Link, Link] {
  const [left, right] = linkPair();
  const slow = (link: Link): Link => {
    let last = Promise.resolve();
    const carry = async (before: Promise<void>, message: Uint8Array): Promise<void> => {
      await before;
      for (let turn = message.length % 3; turn >= 0; turn--)
        await new Promise((resolve) => void setImmediate(resolve));
      link.send(message);
    };
    return {
      send: (message) => {
        last = carry(last, message.slice());
      },
      listen: (events) => link.listen(events),
      buffered: () => link.buffered(),
      close: (fault) => link.close(fault),
    };
  };
  return [slow(left), slow(right)];
}

interface SocketData {
  receive: (message: Uint8Array) => void;
  end: () => void;
}

async function overSocket(events: Events<typeof abacus>): Promise<Opened> {
  const server = Bun.serve<SocketData>({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request, self) =>
      self.upgrade(request, { data: { receive: () => {}, end: () => {} } }) ? undefined : new Response(''),
    websocket: {
      open(ws) {
        ws.binaryType = 'uint8array';
        serveAbacus({
          send: (message) => void ws.sendBinary(Uint8Array.from(message)),
          listen: (heard) => {
            ws.data.receive = (message) => heard.onMessage(message);
            ws.data.end = () => heard.onClose(null);
          },
          buffered: () => ws.getBufferedAmount(),
          close: (fault) => ws.close(fault === undefined ? 1000 : 4000 + FAULTS[fault.code].number),
        });
      },
      message: (ws, message) => ws.data.receive(typeof message === 'string' ? new Uint8Array() : message),
      close: (ws) => ws.data.end(),
    },
  });
  const dialed = dial(
    abacus,
    socketLink(() => new WebSocket(`ws://127.0.0.1:${server.port}`)),
    events,
    realEnv(),
  );
  return {
    remote: dialed.remote,
    [Symbol.asyncDispose]: async () => {
      dialed.close();
      await server.stop(true);
    },
  };
}

type Opener = (events: Events<typeof abacus>) => Promise<Opened>;
const LINKS: Readonly<Record<string, Opener>> = {
  direct: async (events) => {
    const env: Env = realEnv();
    return { remote: direct(abacus, new Abacus(events), env), [Symbol.asyncDispose]: async () => {} };
  },
  encoded: async (events) => over(linkPair(), events),
  simulated: async (events) => over(slowPair(), events),
  socket: overSocket,
};

async function codeOf(
  answer: Promise<unknown>,
): Promise<{ readonly code: FaultCode; readonly detail: string }> {
  try {
    await answer;
  } catch (thrown) {
    const { code, detail } = asFault(thrown);
    return { code, detail };
  }
  throw new Error('it did not fail');
}

for (const [name, open] of Object.entries(LINKS)) {
  test(`[W10] ${name}: calls are answered, also many at once`, async () => {
    await using opened = await open({ heard: () => {} });
    const { remote } = opened;
    assert.deepEqual(await remote.add({ terms: [1, 2, 3] }), { sum: 6 });
    const sums = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        n % 2 === 0 ? remote.add({ terms: [n] }) : remote.later({ terms: [n] }),
      ),
    );
    assert.deepEqual(
      sums,
      Array.from({ length: 100 }, (_, n) => ({ sum: n })),
    );
    assert.deepEqual(await remote.find({ key: 'none' }), { kind: 'miss' });
    assert.deepEqual(await remote.find({ key: 'null' }), { kind: 'hit', value: null });
    const hit = await remote.find({ key: 'some' });
    assert.deepEqual(hit.kind === 'hit' && [...(hit.value ?? [])], [1, 2, 3]);
  });

  test(`[W9] ${name}: a fault arrives with code and detail, an unknown exception as internal without its message`, async () => {
    await using opened = await open({ heard: () => {} });
    const { remote } = opened;
    const fault = { code: 'taken', detail: 'somebody else has it' };
    assert.deepEqual(await codeOf(remote.fail({ how: 'fault' })), fault);
    assert.deepEqual(await codeOf(remote.fail({ how: 'swordfish' })), { code: 'internal', detail: '' });
    assert.deepEqual(await remote.add({ terms: [1] }), { sum: 1 });
  });

  test(`[W11] ${name}: a call that is not answered ends at its deadline`, async () => {
    await using opened = await open({ heard: () => {} });
    assert.equal((await codeOf(opened.remote.wait({}))).code, 'deadline');
    assert.deepEqual(await opened.remote.add({ terms: [1] }), { sum: 1 });
  });

  test(`[W10] ${name}: casts and pushes keep their order`, async () => {
    const heard: string[] = [];
    await using opened = await open({ heard: ({ word }) => void heard.push(word) });
    const words = Array.from({ length: 50 }, (_, n) => `word ${n}`);
    for (const word of words) opened.remote.note({ word });
    for (let turn = 0; turn < 200 && heard.length < words.length; turn++) {
      await opened.remote.later({ terms: [] });
    }
    assert.deepEqual(heard, words);
  });
}
