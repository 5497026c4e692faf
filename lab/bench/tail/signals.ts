/**
 * The load of signals: pairs of devices that say things to each other over a server, as many at once as is told by
 * a line of JSON as its argument; prints one line of JSON. Over a tail they are a leader of a log and one who
 * follows, over PeerJS's server two peers.
 */

import { leadApi } from 'copse/internal/api/lead.ts';
import { must } from 'copse/internal/base/assert.ts';
import type { Handle } from 'copse/internal/base/ids.ts';
import { Reader, Writer } from 'copse/internal/wire/buffer.ts';
import { frameKind, putCall, putNote } from 'copse/internal/wire/frame.ts';
import { device, each } from './device.ts';
import { HEAD_ROOM, open, putHead, type Wire } from './wire.ts';

export interface SignalJob {
  readonly server: 'tail' | 'peerjs';
  readonly port: number;
  readonly usagePort: number;
  readonly pairs: number;
  /** That each side of a pair says before it is done. */
  readonly count: number;
  /** That are on their way at once. */
  readonly inFlight: number;
  /** Of what is said: a candidate. */
  readonly bytes: number;
}

export interface SignalOutcome {
  readonly count: number;
  readonly ms: number;
  /** CPU of the tail in between, microseconds; of another server its starter knows. */
  readonly serverCpuUs: number;
}

const job = JSON.parse(process.argv[2] ?? '{}') as SignalJob;

/** One end of a pair: says the next thing for each that it hears. */
class Side {
  left = job.count;
  heard = 0;
  say: () => void = () => {};

  begin(): void {
    for (let n = 0; n < job.inFlight; n++) this.next();
  }

  next(): void {
    if (this.left === 0) return;
    this.left--;
    this.say();
  }
}

function sender(wire: Wire, message: Uint8Array): () => void {
  const bytes = new Uint8Array(HEAD_ROOM + message.length);
  bytes.set(message, HEAD_ROOM);
  const start = putHead(bytes, bytes.length);
  return () => wire.send(bytes, start, bytes.length);
}

const wires: Wire[] = [];
let heard = 0;
let onAll = (): void => {};

function hears(side: Side, other: () => Side): void {
  side.heard++;
  if (++heard === 2 * job.pairs * job.count) onAll();
  // The other one may say the next thing.
  other().next();
}

const SIGNAL = leadApi.pushes.signal.number;
const PROMOTED = leadApi.pushes.promoted.number;

/** Numbers of the pushes in a message. */
function pushes(bytes: Uint8Array, from: number, to: number, onPush: (number: number, body: Reader) => void) {
  const reader = new Reader(bytes, from, to);
  while (reader.at < to) {
    const size = reader.uint();
    const next = reader.at + size;
    if (reader.byte() === frameKind.push) onPush(reader.uint(), reader);
    reader.at = next;
  }
}

function frame(put: (writer: Writer) => void): Uint8Array {
  const writer = new Writer();
  put(writer);
  return writer.take();
}

interface Leased {
  readonly wire: Wire;
  readonly handle: Handle;
}

/** Asks something of a lease; nobody waits for the answer. */
function ask(
  { wire, handle }: Leased,
  { number, request }: typeof leadApi.calls.lead | typeof leadApi.calls.follow,
): void {
  sender(
    wire,
    frame((writer) => putCall(writer, 9_999, number, request, { handle })),
  )();
}

/** A leader and a follower on a log of their own. */
async function tailPair(n: number): Promise<readonly [Side, Side]> {
  const sides = [new Side(), new Side()] as const;
  const promoted = Promise.withResolvers<void>();
  const met = Promise.withResolvers<number>();
  let isReady = false;
  const join = async (which: 0 | 1): Promise<Leased> => {
    const made = await device(job.port, {
      number: 2 * n + which,
      logs: [n],
      want: 'write',
      attach: false,
      onMessage: (bytes, from, to) =>
        pushes(bytes, from, to, (number, body) => {
          if (number === PROMOTED) promoted.resolve();
          if (number !== SIGNAL) return;
          if (isReady) return hears(sides[which], () => sides[which === 0 ? 1 : 0]);
          met.resolve(must(leadApi.pushes.signal.message.read(body).who, 'it follows'));
        }),
    });
    wires.push(made.wire);
    return { wire: made.wire, handle: must(made.logs[0], 'a log').handle };
  };
  const [leader, follower] = [await join(0), await join(1)];
  const { lead, follow } = leadApi.calls;
  ask(leader, lead);
  await promoted.promise;
  const say = (handle: Handle, to: number | null): Uint8Array => {
    const signal = { kind: 'candidate' as const, data: new Uint8Array(job.bytes) };
    return frame((writer) => putNote(writer, frameKind.cast, leadApi.casts.signal, { handle, to, signal }));
  };
  ask(follower, follow);
  sides[1].say = sender(follower.wire, say(follower.handle, null));
  sides[1].say();
  sides[0].say = sender(leader.wire, say(leader.handle, await met.promise));
  isReady = true;
  return sides;
}

async function peerPair(n: number): Promise<readonly [Side, Side]> {
  const sides = [new Side(), new Side()] as const;
  const payload = 'x'.repeat(job.bytes);
  for (const which of [0, 1] as const) {
    const name = (side: number): string => `peer-${n}-${side}`;
    const opened = Promise.withResolvers<void>();
    const path = `/peerjs?key=peerjs&id=${name(which)}&token=t${which}&version=1.5.4`;
    const wire = await open(job.port, path, (_bytes, from, to) => {
      // The first message says that the peer is known; the others are what somebody said.
      if (to - from < job.bytes) opened.resolve();
      else hears(sides[which], () => sides[which === 0 ? 1 : 0]);
    });
    wires.push(wire);
    await opened.promise;
    const message = { type: 'CANDIDATE', dst: name(1 - which), payload };
    sides[which].say = sender(wire, new TextEncoder().encode(JSON.stringify(message)));
  }
  return sides;
}

async function cpuUs(): Promise<number> {
  if (job.usagePort === 0) return 0;
  const usage = await (await fetch(`http://127.0.0.1:${job.usagePort}/`)).json();
  return (usage as { readonly cpuUs: number }).cpuUs;
}

const pairs: (readonly [Side, Side])[] = [];
await each(job.pairs, 16, async (n) => {
  pairs.push(await (job.server === 'tail' ? tailPair(n) : peerPair(n)));
});
const all = new Promise<void>((resolve) => {
  onAll = resolve;
});
const beforeUs = await cpuUs();
console.log('ready');
// Whoever measures this from outside looks now.
await Bun.sleep(300);
const startMs = performance.now();
for (const sides of pairs) for (const side of sides) side.begin();
await all;
const ms = performance.now() - startMs;
const outcome: SignalOutcome = { count: heard, ms, serverCpuUs: (await cpuUs()) - beforeUs };
console.log(JSON.stringify(outcome));
for (const wire of wires) wire.close();
