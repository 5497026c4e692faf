import assert from 'node:assert/strict';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { proxy } from './proxy.ts';

/** A server that sends back what it gets, and keeps whom it knows. */
async function echo() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port, sockets, stop };
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** `once` of node:events would reject for the reset that a cut is. */
function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on('close', () => resolve()));
}

async function received(socket: Socket, size: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let have = 0;
  while (have < size) {
    const [part] = (await once(socket, 'data')) as [Buffer];
    parts.push(part);
    have += part.length;
  }
  return Buffer.concat(parts);
}

test('[N7] the line carries everything in order, also more than fits into a buffer', async () => {
  const far = await echo();
  using line = proxy(far.port);
  const socket = await dial(line.port);
  const sent = Buffer.from(Uint8Array.from({ length: 8 << 20 }, (_, i) => (i * 31 + (i >> 8)) & 255));
  const answer = received(socket, sent.length);
  socket.write(sent);
  assert.ok(sent.equals(await answer));
  socket.destroy();
  far.stop();
});

test('[N7] a cut ends every connection on both sides, and new ones may come', async () => {
  const far = await echo();
  using line = proxy(far.port);
  const [first, second] = [await dial(line.port), await dial(line.port)];
  for (const socket of [first, second]) {
    const answer = received(socket, 2);
    socket.write('hi');
    await answer;
  }
  const closed = Promise.all([closing(first), closing(second)]);
  assert.equal(line.cut(), 2);
  await closed;
  for (let i = 0; i < 200 && far.sockets.size > 0; i++)
    await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(far.sockets.size, 0);
  const third = await dial(line.port);
  const answer = received(third, 5);
  third.write('again');
  assert.equal(String(await answer), 'again');
  third.destroy();
  far.stop();
});

test('[N7] a caller is let go when nobody listens behind the line', async () => {
  const far = await echo();
  far.stop();
  using line = proxy(far.port);
  const socket = await dial(line.port);
  await closing(socket);
});
