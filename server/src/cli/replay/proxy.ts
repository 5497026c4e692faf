/**
 * A TCP line that can be cut: what stands between the workers of a replay and the node, so that chaos
 * does to connections what trains and lifts do.
 */

import type { Socket } from 'bun';

interface Side {
  other: Socket<Side> | null;
  waiting: Uint8Array[];
  ended: boolean;
}

export interface Proxy extends Disposable {
  readonly port: number;
  /** Cuts every connection at once; new ones may come. */
  cut(): number;
}

function forward(from: Socket<Side>, bytes: Uint8Array): void {
  const to = from.data.other;
  if (to === null || to.data.waiting.length > 0) {
    (to ?? from).data.waiting.push(bytes.slice());
    return;
  }
  write(to, bytes);
}

function write(to: Socket<Side>, bytes: Uint8Array): void {
  const sent = Math.max(0, to.write(bytes));
  if (sent < bytes.length) to.data.waiting.unshift(bytes.slice(sent));
}

function drain(socket: Socket<Side>): void {
  while (socket.data.waiting.length > 0) {
    const next = socket.data.waiting.shift();
    if (next === undefined) return;
    const before = socket.data.waiting.length;
    write(socket, next);
    if (socket.data.waiting.length > before) return;
  }
}

/** Listens on a free port of loopback and carries everything to `target`. */
export function proxy(target: number): Proxy {
  const near = new Set<Socket<Side>>();
  const drop = (socket: Socket<Side>): void => {
    near.delete(socket);
    socket.data.ended = true;
    socket.data.other?.terminate();
    socket.data.other = null;
  };
  const far = {
    data: forward,
    drain,
    close: drop,
    error: drop,
  };
  const listener = Bun.listen<Side>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open(socket) {
        socket.data = { other: null, waiting: [], ended: false };
        near.add(socket);
        Bun.connect<Side>({
          hostname: '127.0.0.1',
          port: target,
          data: { other: socket, waiting: [], ended: false },
          socket: { ...far, open: (out) => join(socket, out), connectError: () => socket.terminate() },
        }).catch(() => socket.terminate());
      },
      ...far,
    },
  });
  return {
    port: listener.port,
    cut() {
      const count = near.size;
      for (const socket of near) socket.terminate();
      return count;
    },
    [Symbol.dispose]() {
      for (const socket of near) socket.terminate();
      listener.stop(true);
    },
  };
}

/** The far side is there: what came early goes on its way. */
function join(socket: Socket<Side>, out: Socket<Side>): void {
  if (socket.data.ended) {
    out.terminate();
    return;
  }
  const early = socket.data.waiting;
  socket.data.waiting = [];
  socket.data.other = out;
  for (const bytes of early) forward(socket, bytes);
}
