/**
 * The load: one process with all the clients of a measurement, told what to do by a line of JSON as its
 * argument; prints one line of JSON. It counts what the tail promises, not what it sends: acknowledged
 * entries, entries that every reader got in order.
 */

import { tailApi } from 'copse/internal/api/tail.ts';
import { Reader } from 'copse/internal/wire/buffer.ts';
import { frameKind } from 'copse/internal/wire/frame.ts';
import { device, each, type Device } from './device.ts';
import { WriteMaker } from './entries.ts';
import { HEAD_ROOM, putHead } from './wire.ts';

export type Job =
  | {
      readonly kind: 'appends';
      readonly port: number;
      readonly usagePort: number;
      readonly connections: number;
      readonly inFlight: number;
      readonly logs: number;
      readonly warmMs: number;
      readonly ms: number;
    }
  | {
      readonly kind: 'deliveries';
      readonly port: number;
      readonly usagePort: number;
      readonly readers: number;
      readonly inFlight: number;
      readonly warmMs: number;
      readonly ms: number;
    }
  | {
      readonly kind: 'idle';
      readonly port: number;
      readonly usagePort: number;
      readonly connections: number;
      readonly logs: number;
      readonly perConnection: number;
    };

export interface Outcome {
  readonly count: number;
  readonly ms: number;
  /** CPU of the measured process in between, microseconds. */
  readonly serverCpuUs: number;
  readonly serverRssBytes: number;
  readonly clientCpuUs: number;
  /** Nacks and readers that were moved to pull. */
  readonly nacks: number;
  readonly lagging: number;
  /** Resident memory that idle connections add: all of them to a fresh process, and each further one. */
  readonly bytesPerConnection: number;
  readonly bytesPerFurtherConnection: number;
  readonly figures: Readonly<Record<string, number>>;
}

interface Usage {
  readonly cpuUs: number;
  readonly rssBytes: number;
  readonly figures: Readonly<Record<string, number>>;
}

const job = JSON.parse(process.argv[2] ?? '{}') as Job;
const ACK = tailApi.pushes.ack.number;
const NACK = tailApi.pushes.nack.number;
const ENTRIES = tailApi.pushes.entries.number;
const LAGGING = tailApi.pushes.lagging.number;
let nacks = 0;
let lagging = 0;

async function usage(query = ''): Promise<Usage> {
  return (await (await fetch(`http://127.0.0.1:${job.usagePort}/${query}`)).json()) as Usage;
}

/** Measures `count()` over the time of the job. */
async function measured(warmMs: number, ms: number, count: () => number): Promise<Outcome> {
  await Bun.sleep(warmMs);
  const before = await usage();
  const client = process.cpuUsage();
  const [startMs, startCount] = [performance.now(), count()];
  await Bun.sleep(ms);
  const [endMs, endCount] = [performance.now(), count()];
  const after = await usage();
  const spent = process.cpuUsage(client);
  return {
    count: endCount - startCount,
    ms: endMs - startMs,
    serverCpuUs: after.cpuUs - before.cpuUs,
    serverRssBytes: after.rssBytes,
    clientCpuUs: spent.user + spent.system,
    nacks,
    lagging,
    bytesPerConnection: 0,
    bytesPerFurtherConnection: 0,
    figures: after.figures,
  };
}

/** Frames of a message from the tail that matter here. */
function eachPush(
  bytes: Uint8Array,
  from: number,
  to: number,
  onPush: (number: number, body: Reader) => void,
): void {
  const reader = new Reader(bytes, from, to);
  while (reader.at < to) {
    const size = reader.uint();
    const next = reader.at + size;
    const kind = reader.byte();
    if (kind === frameKind.push) onPush(reader.uint(), reader);
    reader.at = next;
  }
}

/** Entries that an ack covers. */
function acknowledged(body: Reader): number {
  body.uint();
  body.byte();
  let count = 0;
  for (let runs = body.uint(); runs > 0; runs--) {
    body.uint();
    body.uint();
    count += body.uint();
    body.uint();
  }
  return count;
}

async function appends({
  port,
  connections,
  inFlight,
  logs,
  warmMs,
  ms,
}: Extract<Job, { kind: 'appends' }>): Promise<Outcome> {
  let acked = 0;
  let isOver = false;
  const out = new Uint8Array(1 << 16);
  const start: (() => void)[] = [];
  await each(connections, 32, async (i) => {
    let made: WriteMaker | null = null;
    let own: Device | null = null;
    const write = (count: number): void => {
      if (made === null || own === null || isOver) return;
      let at = HEAD_ROOM;
      for (let n = 0; n < count; n++) at = made.put(out, at);
      own.wire.send(out, putHead(out, at), at);
    };
    own = await device(port, {
      number: i,
      logs: [i % logs],
      want: 'write',
      attach: false,
      onMessage: (bytes, from, to) => {
        let count = 0;
        eachPush(bytes, from, to, (number, body) => {
          if (number === ACK) count += acknowledged(body);
          if (number === NACK) nacks++;
        });
        acked += count;
        if (count > 0) write(count);
      },
    });
    made = new WriteMaker(own.logs[0]!.handle, own.bytes);
    start.push(() => write(inFlight));
  });
  for (const begin of start) begin();
  const outcome = await measured(warmMs, ms, () => acked);
  isOver = true;
  return outcome;
}

async function deliveries({
  port,
  readers,
  inFlight,
  warmMs,
  ms,
}: Extract<Job, { kind: 'deliveries' }>): Promise<Outcome> {
  let delivered = 0;
  let holes = 0;
  let sent = 0;
  let next = (): void => {};
  await each(readers, 32, async (i) => {
    let expected = 0;
    const reader = await device(port, {
      number: i + 1,
      logs: [0],
      want: 'read',
      attach: true,
      onMessage: (bytes, from, to) => {
        eachPush(bytes, from, to, (number, body) => {
          if (number === LAGGING) lagging++;
          if (number !== ENTRIES) return;
          body.uint();
          const at = body.uint();
          const count = body.uint();
          if (at !== expected) holes++;
          expected = at + count;
          delivered += count;
        });
        next();
      },
    });
    expected = reader.logs[0]!.tail;
  });
  const writer = await device(port, {
    number: 0,
    logs: [0],
    want: 'write',
    attach: false,
    onMessage: () => {},
  });
  const maker = new WriteMaker(writer.logs[0]!.handle, writer.bytes);
  const out = new Uint8Array(1 << 18);
  // The writer keeps two bursts ahead of the slowest reader, as a real one is kept by its acknowledgements.
  next = () => {
    while (sent * readers - delivered < 2 * inFlight * readers - (inFlight - 1) * readers) {
      let at = HEAD_ROOM;
      for (let n = 0; n < inFlight; n++) at = maker.put(out, at);
      sent += inFlight;
      writer.wire.send(out, putHead(out, at), at);
    }
  };
  next();
  const outcome = await measured(warmMs, ms, () => delivered);
  if (holes > 0) throw new Error(`${holes} holes in what readers got`);
  next = () => {};
  return outcome;
}

/** The least memory of some seconds: freed pages go back to the system a while after a collection. */
async function atRest(): Promise<Usage> {
  let least: Usage | null = null;
  for (let look = 0; look < 5; look++) {
    await Bun.sleep(1500);
    const now = await usage('?gc');
    if (least === null || now.rssBytes < least.rssBytes) least = now;
  }
  return least ?? usage();
}

/** Connections before the measured ones. */
const FIRST_CONNECTIONS = 8000;

async function idle({
  port,
  connections,
  logs,
  perConnection,
}: Extract<Job, { kind: 'idle' }>): Promise<Outcome> {
  const open = async (from: number, count: number): Promise<readonly Device[]> => {
    const devices: Device[] = [];
    await each(count, 64, async (i) => {
      const wanted = Array.from({ length: perConnection }, (_, k) => ((from + i) * perConnection + k) % logs);
      const wish = {
        number: from + i,
        logs: wanted,
        want: 'read',
        attach: true,
        onMessage: () => {},
      } as const;
      devices.push(await device(port, wish));
    });
    return devices;
  };
  // A few come and go, so that code and compiled code are not theirs.
  for (const { wire } of await open(0, 500)) wire.close();
  const fresh = await atRest();
  // What a process takes once (code, and the 32 MB by which the heap grows between two collections) weighs
  // on the first connections; the difference behind them is what further ones cost.
  await open(0, FIRST_CONNECTIONS);
  const before = await atRest();
  await open(FIRST_CONNECTIONS, connections);
  const after = await atRest();
  return {
    count: connections,
    ms: 0,
    serverCpuUs: after.cpuUs - before.cpuUs,
    serverRssBytes: after.rssBytes,
    clientCpuUs: 0,
    nacks,
    lagging,
    bytesPerConnection: (after.rssBytes - fresh.rssBytes) / (FIRST_CONNECTIONS + connections),
    bytesPerFurtherConnection: (after.rssBytes - before.rssBytes) / connections,
    figures: after.figures,
  };
}

async function run(): Promise<Outcome> {
  switch (job.kind) {
    case 'appends':
      return appends(job);
    case 'deliveries':
      return deliveries(job);
    case 'idle':
      return idle(job);
  }
}

console.log(JSON.stringify(await run()));
process.exitCode = 0;
// Thousands of open sockets would keep it alive; nothing here needs an orderly end.
process.kill(process.pid, 'SIGTERM');
