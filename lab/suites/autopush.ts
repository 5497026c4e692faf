/**
 * A push service that a browser can be pointed at: the protocol that Firefox speaks with Mozilla's (autopush) over
 * WebSocket, and the door for senders beside it. It carries what it gets and remembers what the browser said of it:
 * 100 decrypted and handed over, 101 not decrypted. It also serves one page with its worker.
 */

import { randomBytes } from 'node:crypto';

import { must } from 'copse/internal/base/assert.ts';
import { base64url, hex } from 'copse/internal/base/bytes.ts';

export interface AutopushPage {
  readonly html: string;
  readonly worker: string;
}

type Socket = Bun.ServerWebSocket;

/** What the browser says of a message. */
export interface Acknowledged {
  readonly version: string;
  readonly code: number;
}

interface ClientWord {
  readonly messageType?: string;
  readonly uaid?: string;
  readonly channelID?: string;
  readonly code?: number;
  readonly version?: string;
  readonly updates?: readonly { readonly version: string; readonly code?: number }[];
}

export class Autopush {
  readonly #server: Bun.Server<undefined>;
  readonly #channels = new Set<string>();
  readonly #waiting: string[] = [];
  #socket: Socket | null = null;
  readonly acknowledged: Acknowledged[] = [];
  /** What the worker of the page reports: the bytes that it got, as text. */
  readonly seen: string[] = [];
  /** Versions in the order of their arrival. */
  readonly versions: string[] = [];
  /** Changes the body of the next message on its way. */
  spoilNext = false;

  constructor({ html, worker }: AutopushPage) {
    this.#server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: (request, server) => {
        const { pathname } = new URL(request.url);
        if (pathname === '/page') return new Response(html, { headers: { 'Content-Type': 'text/html' } });
        if (pathname === '/worker.js')
          return new Response(worker, { headers: { 'Content-Type': 'text/javascript' } });
        if (pathname === '/seen') return this.#see(request);
        if (pathname.startsWith('/wpush/v2/')) return this.#take(request, pathname.slice(10));
        const headers = { 'Sec-WebSocket-Protocol': 'push-notification' };
        return server.upgrade(request, { headers, data: undefined })
          ? undefined
          : new Response('', { status: 404 });
      },
      websocket: {
        open: (socket) => {
          this.#socket = socket;
        },
        message: (socket, text) => this.#hear(socket, String(text)),
      },
    });
  }

  get origin(): string {
    return `http://127.0.0.1:${must(this.#server.port, 'the push service listens')}`;
  }

  /** Where a browser connects. */
  get browserUrl(): string {
    return `${this.origin.replace('http', 'ws')}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  async #see(request: Request): Promise<Response> {
    this.seen.push(await request.text());
    return new Response('');
  }

  async #take(request: Request, channel: string): Promise<Response> {
    if (!this.#channels.has(channel)) return new Response('{"code":410,"errno":106}', { status: 410 });
    if (request.headers.get('TTL') === null) return new Response('', { status: 400 });
    const body = new Uint8Array(await request.arrayBuffer());
    if (this.spoilNext) body[body.length - 20] = (body[body.length - 20] ?? 0) ^ 1;
    this.spoilNext = false;
    const version = base64url(new Uint8Array(randomBytes(24)));
    this.versions.push(version);
    this.#say({
      messageType: 'notification',
      channelID: channel,
      version,
      data: base64url(body),
      headers: { encoding: request.headers.get('Content-Encoding') },
    });
    return new Response('', { status: 201, headers: { Location: `${this.origin}/m/${version}`, TTL: '60' } });
  }

  #say(word: Readonly<Record<string, unknown>>): void {
    const text = JSON.stringify(word);
    if (this.#socket === null) this.#waiting.push(text);
    else this.#socket.send(text);
  }

  #hear(socket: Socket, text: string): void {
    if (text === '{}') {
      socket.send('{}');
      return;
    }
    const word: ClientWord = JSON.parse(text);
    const { messageType, channelID = '' } = word;
    if (messageType === 'hello') this.#welcome(socket, word.uaid ?? '');
    if (messageType === 'register') {
      this.#channels.add(channelID);
      const pushEndpoint = `${this.origin}/wpush/v2/${channelID}`;
      this.#say({ messageType, channelID, status: 200, pushEndpoint });
    }
    if (messageType === 'unregister') {
      this.#channels.delete(channelID);
      this.#say({ messageType, channelID, status: 200 });
    }
    if (messageType === 'ack')
      for (const { version, code = 100 } of word.updates ?? []) this.acknowledged.push({ version, code });
    if (messageType === 'nack') this.acknowledged.push({ version: word.version ?? '', code: word.code ?? 0 });
  }

  #welcome(socket: Socket, uaid: string): void {
    const known = uaid === '' ? hex(new Uint8Array(randomBytes(16))) : uaid;
    socket.send(
      JSON.stringify({ messageType: 'hello', status: 200, uaid: known, use_webpush: true, broadcasts: {} }),
    );
    for (const text of this.#waiting.splice(0)) socket.send(text);
  }
}
