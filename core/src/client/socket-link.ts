/**
 * A WebSocket as a link: binary messages of bounded size in both directions. The interface is the part
 * that browsers, Bun, Node 22 and the package `ws` have in common.
 */

import { asFault, Fault, FAULT_CODES, FAULTS } from '../base/fault.ts';
import { messageBytesMax } from '../base/limits.ts';
import type { Link, LinkEvents } from '../link/link.ts';

export interface SocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  send(message: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void;
}

/** Close codes of applications (RFC 6455 section 7.4.2): 4000 plus the number of the fault. */
const FAULT_CLOSE = 4000;
const NORMAL_CLOSE = 1000;
/** What waits for the socket to open. */
const EARLY_BYTES_MAX = messageBytesMax;

/** The link of a socket that `open` makes; a runtime may need to load its WebSocket first. */
export function socketLink(open: () => SocketLike | Promise<SocketLike>): Link {
  return new SocketLink(open);
}

class SocketLink implements Link {
  #socket: SocketLike | null = null;
  #events: LinkEvents | null = null;
  #isOpen = false;
  #isOver = false;
  #early: Uint8Array<ArrayBuffer>[] = [];
  #earlyBytes = 0;
  #fault: Fault | null = null;

  constructor(open: () => SocketLike | Promise<SocketLike>) {
    void this.#begin(open);
  }

  async #begin(open: () => SocketLike | Promise<SocketLike>): Promise<void> {
    try {
      const socket = await open();
      if (this.#isOver) socket.close(NORMAL_CLOSE);
      else this.#use(socket);
    } catch (thrown) {
      // The constructor throws for an address that is none, or that this page may not use.
      this.#end(thrown instanceof Fault ? thrown : new Fault('closed', 'no connection', { cause: thrown }));
    }
  }

  #use(socket: SocketLike): void {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      this.#isOpen = true;
      const early = this.#early;
      this.#early = [];
      for (const message of early) socket.send(message);
    });
    socket.addEventListener('message', ({ data }) => this.#receive(data));
    socket.addEventListener('close', ({ code }) => this.#end(this.#fault ?? faultOfClose(code)));
    // An error tells nothing but that a close follows.
    socket.addEventListener('error', () => {});
  }

  #receive(data: unknown): void {
    if (this.#isOver) return;
    if (!(data instanceof ArrayBuffer)) return this.close(new Fault('malformed', 'a message of text'));
    if (data.byteLength > messageBytesMax) return this.close(new Fault('tooLarge', 'a message'));
    this.#events?.onMessage(new Uint8Array(data));
  }

  send(message: Uint8Array): void {
    if (this.#isOver) return;
    const own = new Uint8Array(message);
    if (this.#isOpen) {
      this.#socket?.send(own);
      return;
    }
    this.#early.push(own);
    this.#earlyBytes += own.length;
    if (this.#earlyBytes > EARLY_BYTES_MAX) this.close(new Fault('tooMany', 'before the connection is open'));
  }

  listen(events: LinkEvents): void {
    this.#events = events;
    if (this.#isOver) queueMicrotask(() => events.onClose(this.#fault));
  }

  buffered(): number {
    return (this.#socket?.bufferedAmount ?? 0) + (this.#isOpen ? 0 : this.#earlyBytes);
  }

  close(fault?: Fault): void {
    if (this.#isOver) return;
    const code = fault === undefined ? NORMAL_CLOSE : FAULT_CLOSE + FAULTS[fault.code].number;
    try {
      this.#socket?.close(code, fault?.code ?? '');
    } catch (thrown) {
      this.#end(asFault(thrown));
      return;
    }
    this.#end(fault ?? null);
  }

  #end(fault: Fault | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#fault = fault;
    this.#early = [];
    this.#events?.onClose(fault);
  }
}

function faultOfClose(code: number): Fault {
  return new Fault(FAULT_CODES.get(code - FAULT_CLOSE) ?? 'closed');
}
