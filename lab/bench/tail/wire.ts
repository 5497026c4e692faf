/**
 * A WebSocket of the benchmark's client, by hand over TCP: masked with zeros, so that a message is made
 * in place, and read without a copy. A client library would cost more than the tail that is measured.
 */

import type { Socket } from 'bun';

/** Bytes in front of a client's message: two, a length of eight, a mask of four. */
export const HEAD_ROOM = 14;

/** Writes the head of a message that occupies `bytes[HEAD_ROOM, end)`, and answers where it begins. */
export function putHead(bytes: Uint8Array, end: number): number {
  const size = end - HEAD_ROOM;
  const lengthBytes = size < 126 ? 0 : size < 65_536 ? 2 : 8;
  const start = HEAD_ROOM - 6 - lengthBytes;
  bytes[start] = 0x82;
  bytes[start + 1] = 0x80 | (lengthBytes === 0 ? size : lengthBytes === 2 ? 126 : 127);
  let rest = size;
  for (let i = lengthBytes - 1; i >= 0; i--) {
    bytes[start + 2 + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes.fill(0, HEAD_ROOM - 4, HEAD_ROOM);
  return start;
}

export type OnMessage = (bytes: Uint8Array, from: number, to: number) => void;

/** Takes what TCP delivers and finds whole messages in it. */
class Inbox {
  #rest: Uint8Array | null = null;

  take(received: Uint8Array, onMessage: OnMessage): void {
    let bytes = received;
    if (this.#rest !== null) {
      bytes = new Uint8Array(this.#rest.length + received.length);
      bytes.set(this.#rest);
      bytes.set(received, this.#rest.length);
    }
    let at = 0;
    for (;;) {
      const left = bytes.length - at;
      if (left < 2) break;
      let size = bytes[at + 1]! & 127;
      let head = 2;
      if (size === 126) {
        if (left < 4) break;
        size = (bytes[at + 2]! << 8) | bytes[at + 3]!;
        head = 4;
      } else if (size === 127) {
        if (left < 10) break;
        size = 0;
        for (let i = 2; i < 10; i++) size = size * 256 + bytes[at + i]!;
        head = 10;
      }
      if (left < head + size) break;
      // Pings and pongs of the listener (opcodes 9 and 10) carry nothing for us.
      if ((bytes[at]! & 15) <= 2) onMessage(bytes, at + head, at + head + size);
      at += head + size;
    }
    this.#rest = at === bytes.length ? null : bytes.slice(at);
  }
}

export interface Wire {
  /** Sends `bytes[from, to)`; what the socket does not take now goes when it can. */
  send(bytes: Uint8Array, from: number, to: number): void;
  /** Stops taking what arrives, until `resume`. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** Opens a WebSocket; resolves when the server has agreed. */
export function open(port: number, path: string, onMessage: OnMessage): Promise<Wire> {
  const inbox = new Inbox();
  const { promise, resolve, reject } = Promise.withResolvers<Wire>();
  let isOpen = false;
  let queue: Uint8Array[] = [];
  const send = (socket: Socket, bytes: Uint8Array, from: number, to: number): void => {
    const part = bytes.subarray(from, to);
    const taken = queue.length > 0 ? 0 : Math.max(0, socket.write(part));
    if (taken < part.length) queue.push(part.slice(taken));
  };
  Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: {
      binaryType: 'uint8array',
      open: (socket) => {
        socket.setNoDelay(true);
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
            'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
        );
      },
      data: (socket, received) => {
        if (isOpen) return inbox.take(received, onMessage);
        const end = endOfHead(received);
        if (end < 0) return reject(new Error('the head of the answer came in pieces'));
        isOpen = true;
        resolve({
          send: (bytes, from, to) => send(socket, bytes, from, to),
          close: () => void socket.end(),
          pause: () => socket.pause(),
          resume: () => socket.resume(),
        });
        if (end < received.length) inbox.take(received.subarray(end), onMessage);
      },
      drain: (socket) => {
        const waiting = queue;
        queue = [];
        for (const part of waiting) send(socket, part, 0, part.length);
      },
      error: (_socket, error) => reject(error),
      close: () => reject(new Error('closed')),
    },
  }).catch(reject);
  return promise;
}

function endOfHead(bytes: Uint8Array): number {
  for (let i = 3; i < bytes.length; i++) {
    if (bytes[i] === 10 && bytes[i - 1] === 13 && bytes[i - 2] === 10) return i + 1;
  }
  return -1;
}
