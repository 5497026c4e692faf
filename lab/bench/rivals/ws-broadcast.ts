/** A plain broadcast with the package `ws` under Node: one `send` per reader and message, as everybody writes it first. */

import { join } from 'node:path';
import { open } from '../tail/wire.ts';
import { freePort, scratch, start } from './process.ts';

const PAYLOAD_BYTES = 200;

/** Loaded by Node from the repository's root, where `ws` is installed. */
const SERVER = `
import { WebSocketServer } from 'ws';
const [port, burst, bytes] = process.argv.slice(2).map(Number);
const server = new WebSocketServer({ port, host: '127.0.0.1', perMessageDeflate: false });
const payload = Buffer.alloc(bytes, 'x');
let ready = 0;
// A reader that has the burst says so; when all do, the next one follows.
server.on('connection', (socket) => socket.on('message', (message) => {
  if (message.toString() === 'go') return broadcast();
  if (++ready === server.clients.size) broadcast();
}));
function broadcast() {
  ready = 0;
  for (let n = 0; n < burst; n++) for (const client of server.clients) client.send(payload);
}
`;

export interface Broadcast {
  readonly readers: number;
  readonly burst: number;
  readonly ms: number;
}

/** Deliveries per second. */
export async function wsBroadcast({ readers, burst, ms }: Broadcast): Promise<number> {
  const port = freePort();
  const root = join(import.meta.dir, '..', '..', '..');
  const script = join(root, `.ws-broadcast-${port}.mjs`);
  await Bun.write(script, SERVER);
  try {
    const command = ['node', script, String(port), String(burst), String(PAYLOAD_BYTES)];
    await using server = await start(command, port, scratch());
    return await measure(server.port, { readers, burst, ms });
  } finally {
    await Bun.file(script).delete();
  }
}

async function measure(port: number, { readers, burst, ms }: Broadcast): Promise<number> {
  let delivered = 0;
  const go = message('go');
  const ready = message('ok');
  let first = (): void => {};
  for (let n = 0; n < readers; n++) {
    let waiting = burst;
    const wire = await open(port, '/', () => {
      delivered++;
      if (--waiting > 0) return;
      waiting = burst;
      wire.send(ready, 0, ready.length);
    });
    first = () => wire.send(go, 0, go.length);
  }
  first();
  await Bun.sleep(1000);
  const before = delivered;
  const startMs = performance.now();
  await Bun.sleep(ms);
  return ((delivered - before) / (performance.now() - startMs)) * 1000;
}

/** A short text message of a client, masked with zeros. */
function message(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return Uint8Array.of(0x81, 0x80 | bytes.length, 0, 0, 0, 0, ...bytes);
}
