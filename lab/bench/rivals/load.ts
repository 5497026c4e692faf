/**
 * A pipelined load over raw TCP: `connections` sockets keep `inFlight` requests each on the way, batches
 * in one write, as a client library that coalesces would. The same loop drives every rival.
 */

import type { Socket } from 'bun';

export interface Protocol {
  /** Sent once after connecting; resolves when `ready` says so for what came back. */
  readonly hello: ((index: number) => Uint8Array) | null;
  readonly ready: (received: Uint8Array) => boolean;
  /** `count` requests of connection `index`. */
  readonly requests: (index: number, count: number) => Uint8Array;
  /** How many answers end in this piece of the stream. */
  readonly answers: (received: Uint8Array) => number;
}

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  readonly inFlight: number;
  readonly seconds: number;
  readonly protocol: Protocol;
}

interface Lane {
  readonly index: number;
  ready: boolean;
  rest: Uint8Array | null;
}

/** Answered requests per second after a warm-up of a fifth of the time. */
export async function load(
  options: LoadOptions,
): Promise<{ readonly perSecond: number; readonly count: number }> {
  const { protocol, inFlight } = options;
  let count = 0;
  let running = true;
  const send = (socket: Socket<Lane>, bytes: Uint8Array): void => {
    const lane = socket.data;
    const whole = lane.rest === null ? bytes : Buffer.concat([lane.rest, bytes]);
    const sent = socket.write(whole);
    lane.rest = sent < whole.length ? whole.slice(Math.max(0, sent)) : null;
  };
  const ask = (socket: Socket<Lane>, times: number): void => {
    if (running && times > 0) send(socket, protocol.requests(socket.data.index, times));
  };
  const lanes: Socket<Lane>[] = [];
  for (let index = 0; index < options.connections; index++) {
    lanes.push(
      await Bun.connect<Lane>({
        hostname: '127.0.0.1',
        port: options.port,
        data: { index, ready: false, rest: null },
        socket: {
          open(socket) {
            if (protocol.hello !== null) send(socket, protocol.hello(index));
            else socket.data.ready = true;
          },
          data(socket, received) {
            if (!socket.data.ready) {
              socket.data.ready = protocol.ready(received);
              return;
            }
            const answered = protocol.answers(received);
            count += answered;
            ask(socket, answered);
          },
          drain: (socket) => send(socket, new Uint8Array(0)),
        },
      }),
    );
  }
  while (!lanes.every((lane) => lane.data.ready)) await Bun.sleep(10);
  for (const lane of lanes) ask(lane, inFlight);
  await Bun.sleep(options.seconds * 200);
  const before = count;
  const startMs = performance.now();
  await Bun.sleep(options.seconds * 1000);
  const measured = count - before;
  const perSecond = (measured * 1000) / (performance.now() - startMs);
  running = false;
  for (const lane of lanes) lane.terminate();
  return { perSecond, count };
}

/** How often a byte occurs. */
export function occurrences(bytes: Uint8Array, byte: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at >= 0; at = bytes.indexOf(byte, at + 1)) count++;
  return count;
}
