/**
 * Carries one request to a push service: the name is resolved, its addresses are checked, and the connection goes to
 * one of those and to nothing else; the certificate is that of the name. No redirect is followed (SPEC I16).
 * Connections are kept open by the runtime, one set for each address and name.
 */

import { isIP, isIPv6 } from 'node:net';

import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import { pushAddressMs, pushAnswerBytesMax, pushOriginsMax } from 'copse/internal/base/limits-push.ts';

import { addressesOfHost, allowedAddresses, type Resolve } from '../../net/allowed.ts';
import type { Endpoint } from './endpoint.ts';
import type { Answer } from './verdict.ts';

export interface PostRequest {
  readonly endpoint: Endpoint;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface PostAnswer extends Answer {
  /** What the service says about it, for an operator. */
  readonly reason: string;
}

/** Throws when there is no answer. */
export type Post = (request: PostRequest, signal: AbortSignal) => Promise<PostAnswer>;

export interface PostOptions {
  /** Addresses of a name. */
  readonly resolve?: Resolve;
  /** Certificate authority instead of those of the machine, for tests. */
  readonly authority?: string;
}

interface Known {
  readonly addresses: Promise<readonly string[]>;
  readonly untilMs: number;
  /** The address in use: another one after a failure. */
  index: number;
}

const REASON_LENGTH_MAX = 200;
/** Shorter parts of an address are words like `push`. */
const PART_LENGTH_MIN = 6;
/** What may be the path of an endpoint or a token. */
const SECRET = /[\w+/=:.-]{24,}/g;

/** A `Post` over the network. */
export function networkPost(env: Env, { resolve, authority }: PostOptions = {}): Post {
  const knownByOrigin = new Cache<string, Known>(pushOriginsMax);
  const knownOf = (endpoint: Endpoint): Known => {
    const known = knownByOrigin.get(endpoint.origin);
    if (known !== undefined && known.untilMs > env.nowMs()) return known;
    const checked = addressesOfHost(endpoint.host, resolve).then((found) =>
      allowedAddresses(endpoint, found),
    );
    const made = { addresses: checked, untilMs: env.nowMs() + pushAddressMs, index: known?.index ?? 0 };
    knownByOrigin.set(endpoint.origin, made);
    return made;
  };
  return async (request, signal) => {
    const known = knownOf(request.endpoint);
    const at = known.index;
    try {
      const addresses = await known.addresses;
      const address = addresses[at % Math.max(1, addresses.length)];
      if (address === undefined) throw new Fault('closed', `${request.endpoint.host} has no address.`);
      return await ask({ request, address, authority, signal });
    } catch (thrown) {
      // Many fail at once, and leave this address together.
      if (known.index === at) known.index++;
      if (knownByOrigin.get(request.endpoint.origin) === known && (await isRejected(known.addresses)))
        knownByOrigin.delete(request.endpoint.origin);
      throw thrown;
    }
  };
}

async function isRejected(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => false,
    () => true,
  );
}

interface Asking {
  readonly request: PostRequest;
  readonly address: string;
  readonly authority: string | undefined;
  readonly signal: AbortSignal;
}

async function ask({ request, address, authority, signal }: Asking): Promise<PostAnswer> {
  const { endpoint, headers, body } = request;
  const port = endpoint.port === 0 ? '' : `:${endpoint.port}`;
  const place = isIPv6(address) ? `[${address}]` : address;
  const url = `${endpoint.isSecure ? 'https' : 'http'}://${place}${port}${endpoint.path}`;
  const named = isIP(endpoint.host) === 0 ? { serverName: endpoint.host } : {};
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, Host: endpoint.origin.replace(/^https?:\/\//, ''), 'Accept-Encoding': 'identity' },
    body: new Uint8Array(body),
    redirect: 'manual',
    signal,
    ...(endpoint.isSecure
      ? { tls: { ...named, ...(authority === undefined ? {} : { ca: authority }) } }
      : {}),
  });
  const reason = await beginningOf(response);
  return {
    status: response.status,
    retryAfter: response.headers.get('Retry-After'),
    reason: withoutSecrets(reason, endpoint).slice(0, REASON_LENGTH_MAX),
  };
}

/** What looks like a token goes, and what is a part of the address even when it does not. */
function withoutSecrets(reason: string, { path }: Endpoint): string {
  const parts = path.split(/[/?&=]/).filter((part) => part.length >= PART_LENGTH_MIN);
  const plain = parts.reduce((text, part) => text.replaceAll(part, '…'), reason);
  return plain.replaceAll(SECRET, '…');
}

/** The first bytes of an answer, as one line of text. */
async function beginningOf(response: Response): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let count = 0; count < pushAnswerBytesMax;) {
    const { value, done } = await reader.read();
    if (done) return oneLine(text);
    count += value.length;
    text += decoder.decode(value.subarray(0, pushAnswerBytesMax), { stream: true });
  }
  await reader.cancel();
  return oneLine(text);
}

function oneLine(text: string): string {
  return text.replaceAll(/[^\x20-\x7e\u00a0-\uffff]+/g, ' ').trim();
}
