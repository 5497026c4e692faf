/** Links between the worker that has the messages and the tabs of its origin: bytes are messages, words about the line. */

import type { Link, LinkEvents } from '../../link/link.ts';

/** A message port, or a broadcast channel that only two have. */
export interface Pipe {
  postMessage(message: string | Uint8Array): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  close(): void;
}

const BYE = 'bye';

export class PipeLink implements Link {
  readonly #pipe: Pipe;
  #events: LinkEvents | null = null;
  #early: Uint8Array[] = [];
  #isOver = false;

  constructor(pipe: Pipe) {
    this.#pipe = pipe;
    pipe.addEventListener('message', ({ data }: MessageEvent<unknown>) => this.#hear(data));
  }

  send(message: Uint8Array): void {
    // A copy, because the sender uses its bytes again.
    if (!this.#isOver) this.#post(message.slice());
  }

  listen(events: LinkEvents): void {
    this.#events = events;
    for (const message of this.#early.splice(0)) events.onMessage(message);
  }

  buffered(): number {
    return 0;
  }

  close(): void {
    if (this.#isOver) return;
    this.#post(BYE);
    this.#end();
  }

  #hear(data: unknown): void {
    if (this.#isOver) return;
    if (data === BYE) this.#end();
    else if (data instanceof Uint8Array && this.#events === null) this.#early.push(data);
    else if (data instanceof Uint8Array) this.#events?.onMessage(data);
  }

  #end(): void {
    this.#isOver = true;
    this.#pipe.close();
    this.#events?.onClose(null);
  }

  #post(message: string | Uint8Array): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a pipe has none
    this.#pipe.postMessage(message);
  }
}
