/**
 * The rivals of a durable append: the same 200 bytes, the same number of connections and requests in
 * flight, answered after the data is synced to disk where the rival can do that.
 *
 * - Redis Streams with AOF `always`: XADD, one stream per connection.
 * - NATS JetStream, one replica, `sync_interval: always`: PUB with a reply, one subject per connection.
 * - Durable Streams, its Node reference server on files: HTTP POST, pipelined.
 */

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpuSecondsOf, freePort, scratch, start, type Running } from './process.ts';
import { load, occurrences, type Protocol } from './load.ts';
import { natsServer } from './nats-server.ts';

const PAYLOAD = 'x'.repeat(200);
const DOLLAR = 36;
const BRACE = 125;
const text = new TextEncoder();

export interface Shape {
  readonly connections: number;
  readonly inFlight: number;
  readonly seconds: number;
}

export interface RivalResult {
  readonly perSecond: number;
  /** Microseconds of the server's CPU per append. */
  readonly cpuPerOp: number;
  /** All that were answered, the warm-up included. */
  readonly count: number;
}

async function measure(
  server: Pick<Running, 'pid' | 'port'>,
  shape: Shape,
  protocol: Protocol,
): Promise<RivalResult> {
  const before = cpuSecondsOf(server.pid);
  const { perSecond, count } = await load({ ...shape, port: server.port, protocol });
  return { perSecond, cpuPerOp: ((cpuSecondsOf(server.pid) - before) * 1e6) / Math.max(1, count), count };
}

const redisProtocol: Protocol = {
  hello: null,
  ready: () => true,
  requests: (index, count) => {
    const key = `log:${index}`;
    const one = `*5\r\n$4\r\nXADD\r\n$${key.length}\r\n${key}\r\n$1\r\n*\r\n$1\r\nd\r\n$${PAYLOAD.length}\r\n${PAYLOAD}\r\n`;
    return text.encode(one.repeat(count));
  },
  // Every answer is one bulk string, `$15…`, and a stream id holds no dollar sign.
  answers: (received) => occurrences(received, DOLLAR),
};

/** Redis from Debian. */
export async function redisAppends(shape: Shape): Promise<RivalResult> {
  if (!existsSync('/usr/bin/redis-server'))
    throw new Error('redis-server is not installed (apt-get install redis-server)');
  const port = freePort();
  const directory = scratch();
  const command = [
    '/usr/bin/redis-server',
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    directory,
  ];
  const durable = [
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
    '--save',
    '',
    '--auto-aof-rewrite-percentage',
    '0',
  ];
  await using server = await start([...command, ...durable], port, directory);
  return await measure(server, shape, redisProtocol);
}

/** NATS JetStream with the fsync before the acknowledgement. */
export async function natsAppends(shape: Shape): Promise<RivalResult> {
  const binary = await natsServer();
  const port = freePort();
  const directory = scratch();
  const config = join(directory, 'nats.conf');
  writeFileSync(
    config,
    `listen: "127.0.0.1:${port}"\nmax_connections: 4096\njetstream { store_dir: "${directory}/js", sync_interval: always }\n`,
  );
  await using server = await start([binary, '-c', config], port, directory);
  await createStream(port);
  const hello = (index: number): Uint8Array =>
    text.encode(`CONNECT {"verbose":false,"headers":false}\r\nSUB _INBOX.${index} 1\r\nPING\r\n`);
  return await measure(server, shape, {
    hello,
    ready: (received) => new TextDecoder().decode(received).includes('PONG'),
    requests: (index, times) =>
      text.encode(`PUB bench.${index} _INBOX.${index} ${PAYLOAD.length}\r\n${PAYLOAD}\r\n`.repeat(times)),
    // Each acknowledgement is a small JSON object.
    answers: (received) => occurrences(received, BRACE),
  });
}

async function createStream(port: number): Promise<void> {
  const body = JSON.stringify({ name: 'BENCH', subjects: ['bench.*'], storage: 'file', num_replicas: 1 });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: {
      open: (s) => {
        s.write(
          `CONNECT {"verbose":false}\r\nSUB _INBOX.setup 1\r\nPUB $JS.API.STREAM.CREATE.BENCH _INBOX.setup ${body.length}\r\n${body}\r\n`,
        );
      },
      data: (_s, received) => {
        const answer = new TextDecoder().decode(received);
        if (answer.includes('"error"')) reject(new Error(answer));
        else if (answer.includes('stream_create_response')) resolve();
      },
    },
  });
  await promise;
  socket.end();
}

const SERVER = `
import { DurableStreamTestServer } from '@durable-streams/server';
const server = new DurableStreamTestServer({ port: Number(process.argv[2]), host: '127.0.0.1', dataDir: process.argv[3], compression: false });
await server.start();
`;

/** The reference server of Durable Streams under Node, on files. */
export async function durableStreamsAppends(shape: Shape): Promise<RivalResult> {
  const port = freePort();
  const directory = scratch();
  const script = join(import.meta.dir, '..', '..', `.durable-streams-${port}.mjs`);
  writeFileSync(script, SERVER);
  try {
    await using server = await start(
      ['node', script, String(port), join(directory, 'streams')],
      port,
      directory,
    );
    return await streamAppends(server, shape, '/');
  } finally {
    await Bun.file(script).delete();
  }
}

/** Appends over HTTP to streams below a path, one per connection. */
export async function streamAppends(
  server: Pick<Running, 'pid' | 'port'>,
  shape: Shape,
  path: string,
): Promise<RivalResult> {
  const type = 'application/octet-stream';
  for (let index = 0; index < shape.connections; index++) {
    const url = `http://127.0.0.1:${server.port}${path}log-${index}`;
    const made = await fetch(url, { method: 'PUT', headers: { 'content-type': type } });
    if (!made.ok) throw new Error(`no stream was made: ${made.status}`);
  }
  return await measure(server, shape, {
    hello: null,
    ready: () => true,
    requests: (index, count) =>
      text.encode(
        `POST ${path}log-${index} HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: ${PAYLOAD.length}\r\n\r\n${PAYLOAD}`.repeat(
          count,
        ),
      ),
    answers: (received) => new TextDecoder().decode(received).split('HTTP/1.1 2').length - 1,
  });
}
