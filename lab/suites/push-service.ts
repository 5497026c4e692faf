/**
 * A push service and the devices behind it, for tests: takes messages over real sockets, checks signature and form as
 * a real one does, decrypts with an implementation that is not ours, and fails as it is told to.
 */

import { createECDH, createPublicKey, type ECDH, randomBytes, verify } from 'node:crypto';

import ece from 'http_ece';

import { must } from 'copse/internal/base/assert.ts';
import { fromBase64url, fromUtf8, hex, utf8 } from 'copse/internal/base/bytes.ts';
import { pointJwk, type Subscription } from '../../server/src/notify/push/subscription.ts';

/** What a device is answered instead of 201: a status with headers, nothing, or never an end. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
export type Behaviour = Refusal | 'hang' | 'endless';

export interface Arrival {
  readonly device: string;
  readonly text: Uint8Array;
  readonly headers: Headers;
  readonly bodyBytes: number;
}

interface Device {
  readonly pair: ECDH;
  readonly auth: Buffer;
  readonly behaviours: Behaviour[];
}

export interface PushServiceOptions {
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The name in its origin, when that is not the address of the socket. */
  readonly host?: string;
}

export class PushService {
  readonly #server: Bun.Server<undefined>;
  readonly #deviceById = new Map<string, Device>();
  readonly arrivals: Arrival[] = [];
  /** Requests of all kinds, and what was wrong with them. */
  requests = 0;
  readonly complaints: string[] = [];
  /** Ports of the other ends: one for each connection. */
  readonly connections = new Set<number>();
  readonly #origin: string;

  constructor({ tls, host = '127.0.0.1' }: PushServiceOptions = {}) {
    this.#server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      idleTimeout: 60,
      ...(tls === undefined ? {} : { tls }),
      fetch: (request, server) => {
        this.connections.add(server.requestIP(request)?.port ?? 0);
        return this.#take(request);
      },
    });
    this.#origin = `http${tls === undefined ? '' : 's'}://${host}:${this.port}`;
  }

  get port(): number {
    return must(this.#server.port, 'the push service listens');
  }

  get origin(): string {
    return this.#origin;
  }

  /** A new device; it is answered with these, one after the other, and with 201 then. */
  subscribe(...behaviours: readonly Behaviour[]): Subscription {
    const id = hex(randomBytes(16));
    const pair = createECDH('prime256v1');
    const p256dh = new Uint8Array(pair.generateKeys());
    const auth = randomBytes(16);
    this.#deviceById.set(id, { pair, auth, behaviours: [...behaviours] });
    return { endpoint: `${this.#origin}/push/${id}`, p256dh, auth: new Uint8Array(auth) };
  }

  /** What a device received, as text. */
  textsOf({ endpoint }: Subscription): readonly string[] {
    const arrived = this.arrivals.filter(({ device }) => endpoint.endsWith(device));
    return arrived.map(({ text }) => fromUtf8(text) ?? '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  async #take(request: Request): Promise<Response> {
    this.requests++;
    const id = new URL(request.url).pathname.replace(/^\/push\//, '');
    const device = this.#deviceById.get(id);
    if (device === undefined || request.method !== 'POST') return new Response('', { status: 404 });
    const behaviour = device.behaviours.shift();
    if (behaviour === 'hang') return new Promise(() => {});
    if (behaviour === 'endless') return new Response(endless(), { status: 500 });
    if (behaviour !== undefined) {
      const { status, headers = {}, body = '' } = behaviour;
      return new Response(body, { status, headers });
    }
    const wrong = this.#wrongIn(request);
    if (wrong !== null) {
      this.complaints.push(wrong);
      return new Response(wrong, { status: wrong.startsWith('signature') ? 403 : 400 });
    }
    return this.#deliver(id, device, request);
  }

  async #deliver(id: string, { pair, auth }: Device, request: Request): Promise<Response> {
    const body = Buffer.from(await request.arrayBuffer());
    if (body.length > 4096) return new Response('', { status: 413 });
    const text = ece.decrypt(body, { version: 'aes128gcm', privateKey: pair, authSecret: auth });
    const { headers } = request;
    this.arrivals.push({ device: id, text: new Uint8Array(text), headers, bodyBytes: body.length });
    return new Response(null, { status: 201, headers: { Location: `${this.#origin}/message/${id}` } });
  }

  /** What a real push service refuses. */
  #wrongIn({ headers }: Request): string | null {
    if (!/^\d+$/.test(headers.get('TTL') ?? '')) return 'no TTL';
    if (headers.get('Content-Encoding') !== 'aes128gcm') return 'no aes128gcm';
    if (!/^(very-low|low|normal|high)$/.test(headers.get('Urgency') ?? '')) return 'no urgency';
    if (!/^[\w-]{0,32}$/.test(headers.get('Topic') ?? '')) return 'a topic that is none';
    return isSigned(headers.get('Authorization') ?? '', this.#origin) ? null : 'signature';
  }
}

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(65_536).fill(65)) });
}

/** RFC 8292 as the one who receives it reads it. */
function isSigned(authorization: string, origin: string): boolean {
  const found = /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), k=([\w-]+)$/.exec(authorization);
  const [head, claims, signature, point] = (found ?? []).slice(1).map((text) => fromBase64url(text));
  if (!head || !claims || !signature || !point) return false;
  const signed = utf8(authorization.slice('vapid t='.length).split('.', 2).join('.'));
  const key = createPublicKey({ key: pointJwk(point), format: 'jwk' });
  const { aud, exp, sub }: Record<string, unknown> = JSON.parse(fromUtf8(claims) ?? '{}');
  const isInTime = typeof exp === 'number' && exp * 1000 > Date.now() && exp * 1000 < Date.now() + 86_400_000;
  const isGood = aud === origin && isInTime && /^(mailto:|https:)/.test(String(sub));
  return isGood && verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
}
