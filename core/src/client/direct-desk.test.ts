import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from '../../../lab/sim/world.ts';
import { concat } from '../base/bytes.ts';
import { deviceId, logId, siteId, type DeviceId } from '../base/ids.ts';
import { directHandsBurst, directIdleMs, directLinksMax, directOpenMs } from '../base/limits-direct.ts';
import type { Ice, Signal } from '../api/lead.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { DirectDesk } from './direct-desk.ts';
import { DirectSignals } from './direct-signals.ts';
import { Pieces, piecesOf, type DirectWord } from './direct-words.ts';
import type { PeerEvents, PeerWord } from './peer.ts';
import { newSiteSecrets, SiteKeys } from './site-keys.ts';

const primitives = nativePrimitives();
const log = logId('5'.repeat(32));
const site = siteId('6'.repeat(32));
const LEAD = 4;
const deviceOf = (n: number): DeviceId => deviceId(n.toString(16).padStart(16, '0'));
const leader = deviceOf(1);

/** The leader's end of a connection, in the hands of the test. */
class End {
  readonly role: string;
  readonly events: PeerEvents;
  readonly told: PeerWord[] = [];
  readonly sent: DirectWord[] = [];
  readonly #pieces = new Pieces();
  bufferedBytes = 0;
  isClosed = false;

  constructor(role: string, events: PeerEvents) {
    this.role = role;
    this.events = events;
  }

  hear(word: PeerWord): void {
    this.told.push(word);
  }

  send(piece: Uint8Array): void {
    const word = this.#pieces.add(piece);
    if (word !== null) this.sent.push(word);
  }

  buffered(): number {
    return this.bufferedBytes;
  }

  close(): void {
    this.isClosed = true;
  }

  say(word: DirectWord): void {
    for (const piece of piecesOf(word)) this.events.onMessage(piece);
  }
}

/** A leader's desk, and members who hold the key of the site. */
class Scene {
  readonly world = new World(1);
  readonly env = this.world.env('leader');
  readonly keys = new SiteKeys(primitives, this.env, site, newSiteSecrets(this.env));
  readonly ends: End[] = [];
  readonly handed: { readonly who: number; readonly device: DeviceId; readonly size: number }[] = [];
  readonly said: { readonly to: number; readonly signal: Signal }[] = [];
  policy: Ice['policy'] = 'all';
  readonly desk = new DirectDesk({
    env: this.env,
    lead: LEAD,
    peers: async () => (role, _ice, events) => {
      const end = new End(role, events);
      this.ends.push(end);
      return end;
    },
    signals: new DirectSignals(this.keys, log, leader),
    ice: async () => ({ policy: this.policy, servers: [] }),
    signal: (to, signal) => void this.said.push({ to, signal }),
    hand: (who, device, entries) => void this.handed.push({ who, device, size: entries.length }),
    keyEpoch: () => this.keys.epoch,
  });

  /** What a member says, as the node passes it on; `change` is what an attacker makes of it. */
  signal(
    n: number,
    kind: Signal['kind'],
    change: { lead?: number; link?: number; to?: DeviceId; keys?: SiteKeys; as?: Signal['kind'] } = {},
  ): Signal {
    const { lead = LEAD, link = n, to = null, keys = this.keys, as = kind } = change;
    const signals = new DirectSignals(keys, log, deviceOf(n));
    const attempt = { lead, link: new Uint8Array(8).fill(link) };
    return { ...signals.seal(attempt, to, { kind, text: `${kind} of ${n}` }), kind: as };
  }

  async say(n: number, signal: Signal, device = deviceOf(n)): Promise<void> {
    this.desk.heard({ who: n, device }, signal);
    for (let i = 0; i < 5; i++) await Promise.resolve();
  }

  /** A member with an open connection. */
  async open(n: number): Promise<End> {
    await this.say(n, this.signal(n, 'offer'));
    const end = this.ends.at(-1)!;
    end.events.onOpen();
    return end;
  }

  entry(n: number, seq: number): Uint8Array {
    const identity = { device: deviceOf(n), epoch: 1, seq, timeMs: 1 };
    return this.keys.sealEntry(log, identity, Uint8Array.of(seq & 255));
  }

  /** Lets time pass. */
  wait(ms: number): void {
    const untilMs = this.world.nowMs + ms;
    this.world.at(ms, () => {});
    while (this.world.nowMs < untilMs && this.world.step());
  }
}

test('[V13] a connection is for the device that the node names and that sealed the offer', async () => {
  const s = new Scene();
  const other = new SiteKeys(primitives, s.env, site, newSiteSecrets(s.env));
  await s.say(2, s.signal(2, 'offer'), deviceOf(3));
  await s.say(2, s.signal(2, 'offer', { keys: other }));
  await s.say(2, s.signal(2, 'offer', { lead: LEAD - 1 }));
  await s.say(2, s.signal(2, 'offer', { to: leader }));
  await s.say(2, s.signal(2, 'candidate', { as: 'offer' }));
  await s.say(2, { kind: 'offer', data: new Uint8Array(40) });
  await s.say(2, s.signal(2, 'candidate'));
  await s.say(2, s.signal(2, 'answer'));
  assert.deepEqual([s.ends, s.said, s.desk.size], [[], [], 0]);
  await s.say(2, s.signal(2, 'offer'));
  await s.say(2, s.signal(2, 'candidate'));
  await s.say(2, s.signal(2, 'candidate', { link: 9 }));
  assert.equal(s.ends[0]?.role, 'answerer');
  assert.deepEqual(
    s.ends[0].told.map(({ text }) => text),
    ['offer of 2', 'candidate of 2'],
  );
});

test('[V13] a connection carries entries of its device and nothing else', async () => {
  const wrongs: readonly ((s: Scene) => DirectWord)[] = [
    (s) => ({ kind: 'hand', entries: s.entry(3, 1), number: 0 }),
    (s) => ({ kind: 'hand', entries: concat(s.entry(2, 1), s.entry(3, 1)), number: 0 }),
    () => ({ kind: 'hand', entries: new Uint8Array(0), number: 0 }),
    () => ({ kind: 'hand', entries: new Uint8Array(50).fill(7), number: 1 }),
    () => ({ kind: 'heard', number: 1 }),
    (s) => {
      const identity = { device: deviceOf(2), epoch: 1, seq: 1, timeMs: 1, ruling: 'refused' as const };
      return { kind: 'hand', entries: s.keys.sealEntry(log, identity, Uint8Array.of(1)), number: 0 };
    },
  ];
  for (const [n, wrong] of wrongs.entries()) {
    const s = new Scene();
    const end = await s.open(2);
    end.say({ kind: 'hand', entries: s.entry(2, 1), number: 0 });
    assert.equal(s.handed.length, 1);
    end.say(wrong(s));
    end.say({ kind: 'hand', entries: s.entry(2, 2), number: 0 });
    assert.deepEqual([s.handed.length, end.isClosed, s.desk.size], [1, true, 0], `case ${n}`);
  }
});

test('[V13] with the right of a device ends its connection: what it still says is not heard', async () => {
  const s = new Scene();
  const [ben, cleo] = [await s.open(2), await s.open(3)];
  s.desk.parted(2);
  ben.say({ kind: 'hand', entries: s.entry(2, 1), number: 1 });
  cleo.say({ kind: 'hand', entries: s.entry(3, 1), number: 1 });
  assert.deepEqual([ben.isClosed, ben.sent], [true, []]);
  assert.deepEqual(
    s.handed.map(({ who, device }) => [who, device]),
    [[3, deviceOf(3)]],
  );
  assert.deepEqual(cleo.sent, [{ kind: 'heard', number: 1 }]);
  assert.equal(s.desk.decline(2, { epoch: 1, seq: 1, reason: { kind: 'full', retryMs: 1 } }), false);
  s.desk.close();
  assert.ok(cleo.isClosed);
});

test('[V11] a leader has so many connections, and others hand in through the node', async () => {
  const s = new Scene();
  for (let n = 2; n < 2 + directLinksMax; n++) await s.open(n);
  await s.say(100, s.signal(100, 'offer'));
  assert.equal(s.desk.size, directLinksMax);
  const heard = new DirectSignals(s.keys, log, deviceOf(100)).open(leader, 'writer', s.said[0]!.signal);
  assert.deepEqual([s.said[0]?.to, heard?.kind, heard?.text], [100, 'end', 'full']);
  s.wait(directIdleMs + 1);
  await s.open(100);
  assert.equal(s.desk.size, directLinksMax, 'who was silent for too long makes room');
});

test('[V11] a connection that does not open, or whose device begins anew, makes room', async () => {
  const s = new Scene();
  await s.say(2, s.signal(2, 'offer'));
  s.wait(directOpenMs + 1);
  assert.deepEqual([s.ends[0]?.isClosed, s.desk.size], [true, 0]);
  await s.open(2);
  await s.say(2, s.signal(2, 'offer', { link: 77 }));
  assert.deepEqual([s.ends[1]?.isClosed, s.ends[2]?.isClosed, s.desk.size], [true, false, 1]);
  await s.say(2, s.signal(2, 'end', { link: 77 }));
  assert.equal(s.desk.size, 0);
});

test('[V14] where the node says that there are none, an offer is answered with the end', async () => {
  const s = new Scene();
  s.policy = 'off';
  await s.say(2, s.signal(2, 'offer'));
  assert.deepEqual([s.ends.length, s.desk.size, s.said[0]?.signal.kind], [0, 0, 'end']);
});

test('[V11, G2] who hands in too fast is told to wait, and who does not listen is cut off', async () => {
  const s = new Scene();
  const end = await s.open(2);
  const page = (from: number): Uint8Array =>
    concat(...Array.from({ length: 250 }, (_, i) => s.entry(2, from + i)));
  for (let i = 0; i < directHandsBurst / 250; i++)
    end.say({ kind: 'hand', entries: page(250 * i + 1), number: 0 });
  assert.equal(end.sent.length, 0);
  const seq = directHandsBurst + 1;
  end.say({ kind: 'hand', entries: page(seq), number: 0 });
  assert.equal(s.handed.length, directHandsBurst / 250);
  assert.deepEqual(
    end.sent.map((word) => (word.kind === 'decline' ? [word.epoch, word.seq, word.reason.kind] : word)),
    [[1, seq, 'full']],
  );
  end.bufferedBytes = 2 << 20;
  s.wait(1_000);
  end.say({ kind: 'hand', entries: s.entry(2, seq), number: 5 });
  assert.ok(end.isClosed);
});

test('[V13, K7] what is sealed under an older key is refused, and sealed again by who has the newest', async () => {
  const s = new Scene();
  const end = await s.open(2);
  const old = s.entry(2, 1);
  s.keys.add({ ...newSiteSecrets(s.env), epoch: 2 });
  end.say({ kind: 'hand', entries: old, number: 0 });
  assert.deepEqual(s.handed, []);
  assert.deepEqual(end.sent, [
    { kind: 'decline', epoch: 1, seq: 1, reason: { kind: 'staleKey', keyEpoch: 2 } },
  ]);
  end.say({ kind: 'hand', entries: s.entry(2, 1), number: 0 });
  assert.equal(s.handed.length, 1);
});
