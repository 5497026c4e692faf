/**
 * The listener: one port for pages and for the two WebSocket doors. Measured rules behind the options
 * are in decision 0007: no per-message compression (7–10 times the cost of a delivery), publish instead
 * of a loop, and a backpressure limit only as the last resort, because Bun drops above it silently
 * unless it closes.
 */

import type { Server, ServerWebSocket } from 'bun';
import { FAULTS, type Fault, type FaultCode } from 'copse/internal/base/fault.ts';
import { backpressureBytesMax, idleMs, messageBytesMax } from 'copse/internal/base/limits.ts';
import { streamBodyBytesMax } from 'copse/internal/base/limits-streams.ts';
import { callerAddress } from './address.ts';
import { BlobDoor } from './blob-door.ts';
import { FileDoor } from './file-door.ts';
import { HttpDoor } from './http-door.ts';
import { pathOf } from './http-path.ts';
import type { Pages } from './pages.ts';
import { streamPrefix, type StreamDoor } from './streams/door.ts';

/** What a door does with one connection. */
export interface Connection {
  receive(message: Uint8Array): void;
  /** The send buffer has room again. */
  drained(): void;
  closed(): void;
}

/** The node's end of a WebSocket, as a door sees it. */
export interface Socket {
  readonly address: string;
  /** Of the page that connects; null when it is a program, which has none. */
  readonly origin: string | null;
  send(message: Uint8Array<ArrayBuffer>): void;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  buffered(): number;
  close(fault: Fault | null): void;
}

export type Door = (socket: Socket) => Connection;

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly pages: Pages;
  readonly doors: Readonly<Record<string, Door>>;
  /** Calls over HTTP, where there are some. */
  readonly http?: Pick<HttpDoor, 'answer'>;
  /** Streams over HTTP, where there are some. */
  readonly streams?: Pick<StreamDoor, 'answer'>;
  /** Blobs of cold entries, where there are some. */
  readonly blobs?: Pick<BlobDoor, 'answer'>;
  /** Files, where there are some, and the largest body of an upload. */
  readonly files?: { readonly door: Pick<FileDoor, 'answer'>; readonly bodyBytesMax: number };
  /** Whether a browser page of this origin may connect; programs send none. */
  readonly mayConnect: (origin: string) => boolean;
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  /** Whether `X-Forwarded-For` says who calls. */
  readonly proxied: boolean;
  readonly onMistake: (where: string, thrown: unknown) => void;
}

export interface Listener {
  readonly port: number;
  readonly connections: () => number;
  publish(topic: string, message: Uint8Array<ArrayBuffer>): void;
  /** Refuses new connections; those that are open stay. */
  refuse(): void;
  stop(): Promise<void>;
}

interface Peer {
  readonly door: Door;
  readonly address: string;
  readonly origin: string | null;
  connection: Connection | null;
}

/** Close codes of the range for applications: 4000 plus the fault's number. */
const APPLICATION_CODE = 4000;
const NORMAL_CLOSE = 1000;
const SECONDS = 1000;
/** The doors bound what they read, and what they do not read waits at the sender; more is taken in, so that they can say themselves what is too large. */
const BODY_BYTES_MAX = 2 * streamBodyBytesMax;
/** A sealed message is this much larger than the frames in it. */
const SEAL_BYTES = 64;

/** Longest silence of a reader who waits; longer than any wait of a stream. */
const LIVE_S = 240;

const closeCode = (code: FaultCode): number => APPLICATION_CODE + FAULTS[code].number;

export function listen(options: ListenOptions): Listener {
  const reception = new Reception(options);
  const server = Bun.serve<Peer>({
    hostname: options.host,
    port: options.port,
    maxRequestBodySize: Math.max(BODY_BYTES_MAX, options.files?.bodyBytesMax ?? 0),
    fetch: (request, self) => reception.answer(request, self),
    error(thrown) {
      options.onMistake('http', thrown);
      return options.pages.refuse(500, 'The node made a mistake.');
    },
    websocket: {
      maxPayloadLength: messageBytesMax + SEAL_BYTES,
      backpressureLimit: backpressureBytesMax,
      closeOnBackpressureLimit: true,
      perMessageDeflate: false,
      idleTimeout: idleMs / SECONDS,
      sendPings: true,
      open: (ws) => reception.opened(ws),
      message(ws, message) {
        // A text message is not of this protocol; it is closed like any other malformed frame.
        if (typeof message === 'string') ws.close(closeCode('malformed'), 'malformed');
        else ws.data.connection?.receive(message);
      },
      drain: (ws) => ws.data.connection?.drained(),
      close: (ws) => reception.closed(ws),
    },
  });
  return {
    port: server.port ?? options.port,
    connections: () => reception.open,
    publish: (topic, message) => void server.publish(topic, message),
    refuse: () => {
      reception.refusing = true;
    },
    stop: () => server.stop(true),
  };
}

/** Who comes in: pages for everybody, a connection for who may have one. */
class Reception {
  readonly #options: ListenOptions;
  readonly #openByAddress = new Map<string, number>();
  open = 0;
  refusing = false;

  constructor(options: ListenOptions) {
    this.#options = options;
  }

  answer(request: Request, server: Server<Peer>): Response | Promise<Response> | undefined {
    const { doors, pages, http, streams, blobs, files } = this.#options;
    const path = pathOf(request.url);
    if (streams !== undefined && path.startsWith(streamPrefix)) {
      // Who waits for more is silent for long.
      if (request.url.includes('live=')) server.timeout(request, LIVE_S);
      return streams.answer(request, path, () => this.#addressOf(request, server));
    }
    const door = Object.hasOwn(doors, path) ? doors[path] : undefined;
    if (door !== undefined) return this.#upgrade(request, server, door);
    if (blobs !== undefined && BlobDoor.answers(path)) return blobs.answer(request, path);
    const address = this.#addressOf(request, server);
    if (files !== undefined && FileDoor.answers(path)) return files.door.answer(request, path, address);
    if (http !== undefined && HttpDoor.answers(path)) return http.answer(request, path, address);
    return pages.answer(request, path, address);
  }

  #addressOf(request: Request, server: Server<Peer>): string {
    return callerAddress({
      peer: server.requestIP(request)?.address ?? '',
      forwarded: request.headers.get('x-forwarded-for'),
      proxied: this.#options.proxied,
    });
  }

  /** Nothing is answered when the request has become a connection. */
  #upgrade(request: Request, server: Server<Peer>, door: Door): Response | undefined {
    const { pages, connectionsMax, connectionsPerAddressMax, mayConnect } = this.#options;
    if (this.refusing || this.open >= connectionsMax)
      return pages.refuse(503, 'No room for another connection.', { 'retry-after': '5' });
    const origin = request.headers.get('origin');
    if (origin !== null && !mayConnect(origin))
      return pages.refuse(403, 'Pages of this origin may not connect; see the setting `origins`.');
    const address = this.#addressOf(request, server);
    if ((this.#openByAddress.get(address) ?? 0) >= connectionsPerAddressMax)
      return pages.refuse(429, 'This address has too many connections.', { 'retry-after': '5' });
    if (server.upgrade(request, { data: { door, address, origin, connection: null } })) return undefined;
    return pages.refuse(426, 'This address speaks WebSocket.', { upgrade: 'websocket' });
  }

  opened(ws: ServerWebSocket<Peer>): void {
    this.#count(ws.data.address, 1);
    // Not the Node Buffer, whose slice() would share memory where ours copies.
    ws.binaryType = 'uint8array';
    ws.data.connection = ws.data.door(new BunSocket(ws));
  }

  closed(ws: ServerWebSocket<Peer>): void {
    this.#count(ws.data.address, -1);
    ws.data.connection?.closed();
    ws.data.connection = null;
  }

  #count(address: string, by: 1 | -1): void {
    this.open += by;
    const ofAddress = (this.#openByAddress.get(address) ?? 0) + by;
    if (ofAddress === 0) this.#openByAddress.delete(address);
    else this.#openByAddress.set(address, ofAddress);
  }
}

/** A class, so that 50,000 connections do not each hold six closures. */
class BunSocket implements Socket {
  readonly #ws: ServerWebSocket<Peer>;

  constructor(ws: ServerWebSocket<Peer>) {
    this.#ws = ws;
  }

  get address(): string {
    return this.#ws.data.address;
  }

  get origin(): string | null {
    return this.#ws.data.origin;
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    this.#ws.sendBinary(message);
  }

  subscribe(topic: string): void {
    this.#ws.subscribe(topic);
  }

  unsubscribe(topic: string): void {
    this.#ws.unsubscribe(topic);
  }

  buffered(): number {
    return this.#ws.getBufferedAmount();
  }

  close(fault: Fault | null): void {
    if (fault === null) this.#ws.close(NORMAL_CLOSE);
    else this.#ws.close(closeCode(fault.code), fault.code);
  }
}
