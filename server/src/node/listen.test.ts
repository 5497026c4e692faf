import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault, FAULTS, type FaultCode } from 'copse/internal/base/fault.ts';
import { messageBytesMax } from 'copse/internal/base/limits.ts';
import { emptyPages, listenWith } from '../../../lab/suites/door-stage.ts';
import type { Connection, Listener, ListenOptions, Socket } from './listen.ts';
import { Pages } from './pages.ts';

interface Peer {
  readonly socket: Socket;
  readonly received: Uint8Array[];
  closedCount: number;
}

/** A door that keeps what comes, and answers each message with its length. */
function recorder() {
  const peers: Peer[] = [];
  const door = (socket: Socket): Connection => {
    const peer: Peer = { socket, received: [], closedCount: 0 };
    peers.push(peer);
    return {
      receive(message) {
        peer.received.push(message);
        socket.send(new Uint8Array([message.length & 255]));
      },
      drained() {},
      closed() {
        peer.closedCount++;
      },
    };
  };
  return { peers, door };
}

function start(options: Partial<ListenOptions> = {}) {
  const { peers, door } = recorder();
  const listener = listenWith(
    { '/door': door },
    {
      mayConnect: (origin) => origin === 'https://app.example',
      connectionsMax: 3,
      connectionsPerAddressMax: 3,
      ...options,
    },
  );
  return { listener, peers };
}

interface Dialled {
  readonly ws: WebSocket;
  readonly messages: Uint8Array[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

function dial(listener: Listener, headers: Readonly<Record<string, string>> = {}): Promise<Dialled> {
  // Bun's WebSocket takes headers; the types of browsers, which come first here, do not know.
  const ws = new WebSocket(`ws://127.0.0.1:${listener.port}/door`, { headers } as unknown as string[]);
  ws.binaryType = 'arraybuffer';
  const messages: Uint8Array[] = [];
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.addEventListener('close', ({ code, reason }) => resolve({ code, reason }));
  });
  ws.addEventListener('message', ({ data }) => messages.push(new Uint8Array(data)));
  return new Promise((resolve, reject) => {
    ws.addEventListener('open', () => resolve({ ws, messages, closed }));
    ws.addEventListener('error', () => reject(new Error('refused')));
  });
}

async function upgrade(listener: Listener, headers: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(`http://127.0.0.1:${listener.port}/door`, { headers });
}

const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
} as const;

const codeOf = (code: FaultCode): number => 4000 + FAULTS[code].number;

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !holds(); i++) await Bun.sleep(2);
  assert.ok(holds());
}

test('[T7] a message reaches its door and the answer its peer, and the end is told once', async () => {
  const { listener, peers } = start();
  const { ws, messages } = await dial(listener);
  ws.send(new Uint8Array([1, 2, 3]));
  await until(() => messages.length === 1);
  assert.deepEqual([...(peers[0]?.received[0] ?? [])], [1, 2, 3]);
  assert.deepEqual([...(messages[0] ?? [])], [3]);
  assert.equal(peers[0]?.socket.address, '127.0.0.1');
  assert.equal(listener.connections(), 1);
  ws.close();
  await until(() => listener.connections() === 0);
  assert.equal(peers[0]?.closedCount, 1);
  await listener.stop();
});

test('[T7] received bytes are not the Node Buffer, whose slice would share memory', async () => {
  const { listener, peers } = start();
  const { ws } = await dial(listener);
  ws.send(new Uint8Array([7, 8]));
  await until(() => peers[0]?.received.length === 1);
  const bytes = peers[0]?.received[0] ?? new Uint8Array();
  assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype);
  await listener.stop();
});

test('[T7] a text message and one over the limit cost their connection and no other', async () => {
  const { listener, peers } = start();
  const honest = await dial(listener);
  const talker = await dial(listener);
  talker.ws.send('hello');
  assert.deepEqual(await talker.closed, { code: codeOf('malformed'), reason: 'malformed' });
  const giant = await dial(listener);
  giant.ws.send(new Uint8Array(messageBytesMax + 65));
  await giant.closed;
  honest.ws.send(new Uint8Array(messageBytesMax + 16));
  await until(() => honest.messages.length === 1);
  assert.equal(peers[0]?.received[0]?.length, messageBytesMax + 16, 'a full sealed message passes');
  assert.deepEqual(
    peers.slice(1).map((peer) => peer.received.length),
    [0, 0],
  );
  await listener.stop();
});

test('[T8] beyond the limit of connections the answer is 503, and room is used again', async () => {
  const { listener } = start({ connectionsMax: 2 });
  const first = await dial(listener);
  await dial(listener);
  const answer = await upgrade(listener, UPGRADE);
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get('retry-after'), '5');
  first.ws.close();
  await until(() => listener.connections() === 1);
  await dial(listener);
  await listener.stop();
});

test('[T8] an address that has its share of connections is told so, others come in', async () => {
  const { listener } = start({ connectionsMax: 4, connectionsPerAddressMax: 2, proxied: true });
  const [flood, user] = [{ 'x-forwarded-for': '192.0.2.66' }, { 'x-forwarded-for': '192.0.2.7' }];
  const first = await dial(listener, flood);
  await dial(listener, flood);
  const answer = await upgrade(listener, { ...UPGRADE, ...flood });
  assert.equal(answer.status, 429);
  assert.equal(answer.headers.get('retry-after'), '5');
  await dial(listener, user);
  first.ws.close();
  await until(() => listener.connections() === 2);
  await dial(listener, flood);
  assert.equal((await upgrade(listener, { ...UPGRADE, ...flood })).status, 429);
  await listener.stop();
});

test('[T6] a listener that refuses takes no new connection and keeps those it has', async () => {
  const { listener } = start();
  const { ws, messages } = await dial(listener);
  listener.refuse();
  assert.equal((await upgrade(listener, UPGRADE)).status, 503);
  ws.send(new Uint8Array(1));
  await until(() => messages.length === 1);
  await listener.stop();
});

test('[T7] a page of a foreign origin does not connect, a program does', async () => {
  const { listener } = start();
  for (const origin of ['https://evil.example', 'null', 'https://app.example.evil', ''])
    assert.equal((await upgrade(listener, { ...UPGRADE, origin })).status, 403, origin);
  await dial(listener, { origin: 'https://app.example' });
  await dial(listener);
  await listener.stop();
});

test('[T7] behind a proxy connections are counted by the address that it saw', async () => {
  const { listener, peers } = start({ proxied: true });
  await dial(listener, { 'x-forwarded-for': '10.9.9.9, 198.51.100.4' });
  assert.equal(peers[0]?.socket.address, '198.51.100.4');
  await listener.stop();
});

test('[N3] a door that is asked without an upgrade, and a path that is none', async () => {
  const { listener } = start();
  const url = `http://127.0.0.1:${listener.port}`;
  const door = await fetch(`${url}/door`);
  assert.equal(door.status, 426);
  assert.equal(door.headers.get('x-content-type-options'), 'nosniff');
  for (const path of ['/none', '/door/', '/Door', '/constructor', '/__proto__'])
    assert.equal((await fetch(`${url}${path}`)).status, 404, path);
  const head = await fetch(`${url}/healthz`, { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), '');
  await listener.stop();
});

test('[T6] each fault closes with a code of its own', async () => {
  const { listener, peers } = start();
  for (const code of ['draining', 'revoked', 'deadline'] as const) {
    const { closed } = await dial(listener);
    peers.at(-1)?.socket.close(new Fault(code, 'never told'));
    assert.deepEqual(await closed, { code: codeOf(code), reason: code });
  }
  const { closed } = await dial(listener);
  peers.at(-1)?.socket.close(null);
  assert.equal((await closed).code, 1000);
  await listener.stop();
});

test('[T3] what is published reaches those that subscribe, behind what was sent to them', async () => {
  const { listener, peers } = start();
  const [reader, other] = [await dial(listener), await dial(listener)];
  peers[0]?.socket.subscribe('log');
  peers[0]?.socket.send(new Uint8Array([1]));
  listener.publish('log', new Uint8Array([2]));
  peers[0]?.socket.send(new Uint8Array([3]));
  peers[0]?.socket.unsubscribe('log');
  listener.publish('log', new Uint8Array([4]));
  peers[0]?.socket.send(new Uint8Array([5]));
  await until(() => reader.messages.length === 4);
  assert.deepEqual(
    reader.messages.map(([byte]) => byte),
    [1, 2, 3, 5],
  );
  assert.equal(other.messages.length, 0);
  await listener.stop();
});

test('[N3] a mistake in a page answers 500 without its message', async () => {
  const mistakes: unknown[] = [];
  const node = (): never => {
    throw new Error('secret path');
  };
  const broken = new Pages({ ...emptyPages, node });
  const { listener } = start({ pages: broken, onMistake: (_where, thrown) => void mistakes.push(thrown) });
  const answer = await fetch(`http://127.0.0.1:${listener.port}/node.json`);
  assert.equal(answer.status, 500);
  assert.equal(await answer.text(), 'The node made a mistake.\n');
  assert.equal(mistakes.length, 1);
  await listener.stop();
});
