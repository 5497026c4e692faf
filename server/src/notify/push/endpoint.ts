/**
 * To which addresses messages go (SPEC I16). An endpoint is a URL that a stranger's browser gave us and that we
 * will call from inside of our network: it is https, at a push service that is known or that the operator named,
 * and what its name resolves to is public. Whatever is asked is asked of the very address that was checked.
 */

import { isIP } from 'node:net';

import { Fault } from 'copse/internal/base/fault.ts';
import { endpointBytesMax } from 'copse/internal/base/limits-notify.ts';

import { isPublicName } from '../../net/allowed.ts';

/** The push services of the browsers, as their makers tell firewalls: Google, Mozilla, Microsoft, Apple. */
export const PUSH_SERVICES: readonly string[] = [
  'fcm.googleapis.com',
  'android.googleapis.com',
  'jmt17.google.com',
  '*.push.services.mozilla.com',
  '*.notify.windows.com',
  '*.push.apple.com',
];

export interface EndpointSettings {
  /** Hosts beside `PUSH_SERVICES`: a name, or `*.` and a name for everything below it. */
  readonly hosts: readonly string[];
  /** Origins that may be anything, also http and inside: a push service of one's own. */
  readonly trusted: readonly string[];
}

export interface Endpoint {
  readonly origin: string;
  readonly host: string;
  /** 0 for the usual one. */
  readonly port: number;
  readonly isSecure: boolean;
  /** Path and query: secret. */
  readonly path: string;
  /** The operator named its origin: its addresses are not looked at. */
  readonly isTrusted: boolean;
}

export class EndpointPolicy {
  readonly #hosts: readonly string[];
  readonly #trusted: ReadonlySet<string>;

  constructor({ hosts, trusted }: EndpointSettings) {
    this.#hosts = [...PUSH_SERVICES, ...hosts.map(checkPattern)];
    this.#trusted = new Set(trusted.map(checkOrigin));
  }

  /** The parts of an endpoint, or `malformed` for what is no such address and `forbidden` for one we do not call. */
  read(text: string): Endpoint {
    const url = parse(text);
    const isTrusted = this.#trusted.has(url.origin);
    if (!isTrusted) this.#checkStranger(url);
    return {
      origin: url.origin,
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(url.port),
      isSecure: url.protocol === 'https:',
      path: url.pathname + url.search,
      isTrusted,
    };
  }

  #checkStranger({ protocol, hostname, port }: URL): void {
    if (protocol !== 'https:') throw new Fault('forbidden', 'An endpoint is an https address.');
    if (port !== '') throw new Fault('forbidden', 'An endpoint is at the usual port.');
    if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || !isPublicName(hostname))
      throw new Fault('forbidden', 'An endpoint has the name of a push service.');
    if (!this.#hosts.some((pattern) => covers(pattern, hostname)))
      throw new Fault('forbidden', `${hostname} is no push service that this node knows.`);
  }
}

function parse(text: string): URL {
  const isText = /^[\x21-\x7e]+$/.test(text) && text.length <= endpointBytesMax;
  if (!isText || !URL.canParse(text)) throw new Fault('malformed', 'The endpoint is not an address.');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new Fault('malformed', 'The endpoint is not an https address.');
  if (url.username !== '' || url.password !== '' || text.includes('#') || text.includes('\\'))
    throw new Fault('malformed', 'The endpoint holds more than a host and a path.');
  return url;
}

function covers(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}

/** A host, or `*.` and a host. */
export function isHostPattern(text: string): boolean {
  return isPublicName(text.replace(/^\*\./, ''));
}

function checkPattern(pattern: string): string {
  if (!isHostPattern(pattern))
    throw new Fault('config', `${pattern} is no host and no pattern like *.push.example.`);
  return pattern;
}

function checkOrigin(origin: string): string {
  if (!URL.canParse(origin) || new URL(origin).origin !== origin || !/^https?:/.test(origin))
    throw new Fault('config', `${origin} is no origin like https://push.example.`);
  return origin;
}
