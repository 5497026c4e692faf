import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authApi, type AuthApi, type AuthEvents, type AuthRemote } from 'copse/internal/api/auth.ts';
import type { Faceted } from 'copse/internal/api/facets.ts';
import { must } from 'copse/internal/base/assert.ts';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { realEnv, type Env } from 'copse/internal/base/env.ts';
import { Fault, FAULTS, type FaultCode } from 'copse/internal/base/fault.ts';
import {
  handshakeBurst,
  handshakeMs,
  handshakesMax,
  handshakesPerSecond,
  strangersPerAddressMax,
} from 'copse/internal/base/limits.ts';
import { bless } from 'copse/internal/capability/blessing.ts';
import { dial } from 'copse/internal/link/remote.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import type { Channel } from 'copse/internal/social/channel.ts';
import { ClientHandshake, type ClientStep } from 'copse/internal/social/handshake-client.ts';
import { identityOf, type Identity } from 'copse/internal/social/handshake-keys.ts';
import { listenWith } from '../../../lab/suites/door-stage.ts';
import { AuthDoor, type AuthCaller, type AuthDoorService } from './auth-door.ts';
import type { Listener } from './listen.ts';

const primitives = nativePrimitives();
const identity = (who: string): Promise<Identity> => identityOf(primitives, primitives.sha256(utf8(who)));
const [node, user, device] = [await identity('node'), await identity('user'), await identity('device')];

/** Time that runs faster for timers alone, so that five seconds are fifty milliseconds. */
const SPEED = 100;
const fastEnv: Env = { ...realEnv(), after: (ms, task) => realEnv().after(ms / SPEED, task) };

interface Opened {
  readonly caller: AuthCaller;
  readonly events: AuthEvents;
  disposedCount: number;
}

/** An auth that admits whom the test says and whose shard map is empty. */
class TestAuth implements AuthDoorService {
  refusal: Fault | null = null;
  admitted: Promise<void> = Promise.resolve();
  readonly opened: Opened[] = [];

  async admit(): Promise<Fault | null> {
    await this.admitted;
    return this.refusal;
  }

  open(caller: AuthCaller, events: AuthEvents): AuthApi & Faceted & Disposable {
    const opened: Opened = { caller, events, disposedCount: 0 };
    this.opened.push(opened);
    const session: Record<string | symbol, unknown> = {
      shardMap: () => ({ epoch: 1, shards: [] }),
      whoami: () => {
        throw new Error('a mistake with a secret in it');
      },
      facets: {},
      [Symbol.dispose]: () => opened.disposedCount++,
    };
    return session as unknown as AuthApi & Faceted & Disposable;
  }
}

interface Stage extends AsyncDisposable {
  readonly auth: TestAuth;
  readonly door: AuthDoor;
  readonly listener: Listener;
  readonly lines: string[];
}

function stage(env: Env = realEnv(), burst = handshakeBurst): Stage {
  const auth = new TestAuth();
  const lines: string[] = [];
  const log: Env['log'] = (_level, event, fields) => void lines.push(`${event} ${JSON.stringify(fields)}`);
  const door = new AuthDoor({ auth, node, primitives, env: { ...env, log }, handshakeBurst: burst });
  // The test says where a connection comes from.
  const listener = listenWith({ '/auth': door.door }, { proxied: true });
  return { auth, door, listener, lines, [Symbol.asyncDispose]: () => listener.stop() };
}

/** Bun's WebSocket takes headers; the types of browsers, which come first here, do not know. */
function dialWith(url: string, headers: Readonly<Record<string, string>>): WebSocket {
  return new WebSocket(url, { headers } as unknown as string[]);
}

/** A socket of which the messages can be awaited one by one. */
class Wire {
  readonly ws: WebSocket;
  readonly closed: Promise<number>;
  readonly #early: Uint8Array[] = [];
  #next: ((message: Uint8Array) => void) | null = null;

  static async open(listener: Listener, address = '192.0.2.1'): Promise<Wire> {
    const ws = dialWith(`ws://127.0.0.1:${listener.port}/auth`, { 'x-forwarded-for': address });
    const wire = new Wire(ws);
    await new Promise((resolve) => ws.addEventListener('open', resolve));
    return wire;
  }

  constructor(ws: WebSocket) {
    this.ws = ws;
    ws.binaryType = 'arraybuffer';
    this.closed = new Promise((resolve) => ws.addEventListener('close', ({ code }) => resolve(code)));
    ws.addEventListener('message', ({ data }) => this.#take(new Uint8Array(data)));
  }

  #take(message: Uint8Array): void {
    const next = this.#next;
    this.#next = null;
    if (next === null) this.#early.push(message);
    else next(message);
  }

  send(message: Uint8Array): void {
    this.ws.send(message.slice());
  }

  message(): Promise<Uint8Array> {
    const early = this.#early.shift();
    if (early !== undefined) return Promise.resolve(early);
    return new Promise((resolve) => {
      this.#next = resolve;
    });
  }
}

const blessing = (expiresMs: number): Promise<Uint8Array> =>
  bless(primitives, user.seed, {
    device: device.publicKey,
    audience: node.publicKey,
    scope: 31,
    issuedMs: Date.now() - 1000,
    expiresMs,
    serial: 1,
  });

type End = Exclude<ClientStep, { readonly kind: 'send' }>;

/** The whole handshake; also how many flights it took. */
async function shake(wire: Wire, blessed: Uint8Array | null = null): Promise<{ end: End; flights: number }> {
  const env = realEnv();
  const shown = blessed ?? (await blessing(Date.now() + 3_600_000));
  const options = { primitives, env, server: node.publicKey, device, blessing: shown };
  const client = new ClientHandshake(options, env.nowMs());
  let step: ClientStep = { kind: 'send', flight: await client.begin() };
  let flights = 0;
  while (step.kind === 'send') {
    wire.send(step.flight);
    flights++;
    step = await client.receive(await wire.message(), env.nowMs());
  }
  return { end: step, flights };
}

async function enter(
  wire: Wire,
  blessed: Uint8Array | null = null,
): Promise<{ channel: Channel; remote: AuthRemote; ended: number[] }> {
  const { end } = await shake(wire, blessed);
  assert.equal(end.kind, 'done');
  const { channel } = must(end.kind === 'done' ? end : null, 'the handshake is done');
  const ended: number[] = [];
  const { remote } = dial(
    authApi,
    {
      send: (message) => wire.send(channel.seal(message)),
      listen(events) {
        wire.ws.addEventListener('message', ({ data }) => {
          events.onMessage(channel.open(new Uint8Array(data)));
        });
        wire.ws.addEventListener('close', () => events.onClose(null));
      },
      buffered: () => 0,
      close: () => wire.ws.close(),
    },
    { changed: () => {}, ended: ({ fault }) => void ended.push(fault) },
    realEnv(),
  );
  return { channel, remote, ended };
}

const codeOf = (code: FaultCode): number => 4000 + FAULTS[code].number;

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !holds(); i++) await Bun.sleep(2);
  assert.ok(holds());
}

test('[H3] after the handshake calls are sealed, and a mistake is told without its message', async () => {
  await using world = stage();
  const wire = await Wire.open(world.listener);
  const { remote } = await enter(wire);
  assert.deepEqual(await remote.shardMap({}), { epoch: 1, shards: [] });
  assert.equal(world.auth.opened[0]?.caller.address, '192.0.2.1');
  await assert.rejects(
    () => remote.whoami({}),
    (thrown: Error) =>
      thrown instanceof Fault && thrown.code === 'internal' && !thrown.message.includes('secret'),
  );
  assert.ok(world.lines.some((line) => line.startsWith('auth.mistake') && line.includes('whoami')));
});

test('[H3] a frame that does not open, or comes in clear, ends the connection and its session', async () => {
  await using world = stage();
  for (const spoil of [
    (sealed: Uint8Array) => sealed.map((byte, i) => (i === 3 ? byte ^ 1 : byte)),
    () => utf8('in clear'),
    () => new Uint8Array(),
  ]) {
    const wire = await Wire.open(world.listener);
    const { channel } = await enter(wire);
    wire.send(spoil(channel.seal(new Uint8Array([0]))));
    assert.equal(await wire.closed, codeOf('badProof'));
    await until(() => world.auth.opened.at(-1)?.disposedCount === 1);
  }
});

test('[H9] a connection that does not finish its handshake is closed after five seconds', async () => {
  assert.equal(handshakeMs, 5000);
  await using world = stage(fastEnv);
  const startMs = performance.now();
  const silent = await Wire.open(world.listener);
  const half = await Wire.open(world.listener);
  const env = realEnv();
  const client = new ClientHandshake({ primitives, env, server: node.publicKey, device }, env.nowMs());
  half.send(await client.begin());
  await half.message();
  assert.equal(await silent.closed, codeOf('deadline'));
  assert.equal(await half.closed, codeOf('deadline'));
  assert.ok(performance.now() - startMs >= handshakeMs / SPEED - 5);
  await until(() => figure(world, 'authUnfinished') === 0);
  assert.equal(world.auth.opened.length, 0);
});

test('[H9] the time also runs while it is looked up whether the device may come in', async () => {
  await using world = stage(fastEnv);
  let admit = (): void => {};
  world.auth.admitted = new Promise((resolve) => {
    admit = resolve;
  });
  const wire = await Wire.open(world.listener);
  const shaken = shake(wire);
  assert.equal(await wire.closed, codeOf('deadline'));
  admit();
  await Bun.sleep(5);
  assert.equal(world.auth.opened.length, 0, 'nobody is left to open a session for');
  assert.equal(await Promise.race([shaken, Bun.sleep(5)]), undefined);
});

test('[H9] one address has few unfinished handshakes at once, and others are not affected', async () => {
  await using world = stage();
  const strangers: Wire[] = [];
  for (let i = 0; i < strangersPerAddressMax; i++)
    strangers.push(await Wire.open(world.listener, '192.0.2.66'));
  const more = await Wire.open(world.listener, '192.0.2.66');
  assert.equal(await more.closed, codeOf('tooMany'));
  assert.equal((await shake(await Wire.open(world.listener, '192.0.2.7'))).end.kind, 'done');
  strangers[0]?.ws.close();
  await until(() => figure(world, 'authUnfinished') === strangersPerAddressMax - 1);
  assert.equal((await shake(await Wire.open(world.listener, '192.0.2.66'))).end.kind, 'done');
});

test('[H9] an address that begins handshakes without end waits, and others are not affected', async () => {
  let nowMs = 0;
  await using world = stage({ ...realEnv(), nowMs: () => nowMs }, 3);
  for (let i = 0; i < 3; i++) {
    const wire = await Wire.open(world.listener, '192.0.2.66');
    assert.equal((await shake(wire)).end.kind, 'done');
    wire.ws.close();
    await wire.closed;
  }
  assert.equal(await (await Wire.open(world.listener, '192.0.2.66')).closed, codeOf('tooMany'));
  assert.equal((await shake(await Wire.open(world.listener, '192.0.2.7'))).end.kind, 'done');
  nowMs += 1000 / handshakesPerSecond;
  assert.equal((await shake(await Wire.open(world.listener, '192.0.2.66'))).end.kind, 'done');
});

test('[H9] under load a cookie comes first, and an honest client comes in all the same', async () => {
  await using world = stage();
  assert.equal((await shake(await Wire.open(world.listener))).flights, 2);
  for (let i = 0; i < handshakesMax; i++) await Wire.open(world.listener, `198.51.100.${i % 200}`);
  const { end, flights } = await shake(await Wire.open(world.listener));
  assert.equal(end.kind, 'done');
  assert.equal(flights, 3, 'the request went out twice');
});

test('[H5] a refused device is told why inside the channel and has no session', async () => {
  await using world = stage();
  world.auth.refusal = new Fault('revoked');
  const wire = await Wire.open(world.listener);
  const { end } = await shake(wire);
  assert.equal(end.kind === 'refused' ? end.fault.code : '', 'revoked');
  assert.equal(await wire.closed, codeOf('revoked'));
  assert.equal(world.auth.opened.length, 0);
});

test('[H5] a session ends with its blessing', async () => {
  await using world = stage(fastEnv);
  const wire = await Wire.open(world.listener);
  const { ended } = await enter(wire, await blessing(Date.now() + 10_000));
  assert.equal(await wire.closed, codeOf('expired'));
  assert.deepEqual(ended, [FAULTS.expired.number]);
  await until(() => world.auth.opened[0]?.disposedCount === 1);
});

test('[A6] who is told that the session has ended, and why, is disconnected right after', async () => {
  await using world = stage();
  for (const code of ['revoked', 'unauthorized', 'tooMany'] as const) {
    const wire = await Wire.open(world.listener);
    const { ended } = await enter(wire);
    world.auth.opened.at(-1)?.events.ended({ fault: FAULTS[code].number });
    assert.equal(await wire.closed, codeOf(code));
    assert.deepEqual(ended, [FAULTS[code].number]);
  }
});

test('[T6] when the node drains, every connection is told so and its session is given back', async () => {
  await using world = stage();
  const wires = [await Wire.open(world.listener), await Wire.open(world.listener)];
  const entered: { ended: number[] }[] = [];
  for (const wire of wires) entered.push(await enter(wire));
  const unfinished = await Wire.open(world.listener);
  world.door.close(new Fault('draining'));
  for (const wire of [...wires, unfinished]) assert.equal(await wire.closed, codeOf('draining'));
  for (const { ended } of entered) assert.deepEqual(ended, [FAULTS.draining.number]);
  await until(() => figure(world, 'authConnections') === 0);
  assert.deepEqual(
    world.auth.opened.map(({ disposedCount }) => disposedCount),
    [1, 1],
  );
  assert.equal(figure(world, 'authUnfinished'), 0);
});

test('[H9] random bytes for a handshake cost their own connection only', async () => {
  await using world = stage();
  for (const size of [0, 1, 32, 200, 9000]) {
    const wire = await Wire.open(world.listener);
    wire.send(realEnv().random(size));
    assert.ok((await wire.closed) > 4000, String(size));
  }
  assert.equal((await shake(await Wire.open(world.listener))).end.kind, 'done');
});

function figure(world: Stage, name: string): number {
  return Number(world.door.figures().find((row) => row.name === name)?.value);
}
