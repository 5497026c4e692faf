/**
 * The address of a node (SPEC Z80): how to reach it, and the key that is expected there. Two forms are read:
 *
 *   wss://host:port/path#key          https and http stand for wss and ws
 *   /dns/host/tcp/port/wss/p2p/key    also ip4, ip6, dns4, dns6; it names no path
 *
 * The key is base64url. Another key than this one ends the handshake with `wrongPeer`.
 */

import { base64url, fromBase64url, utf8 } from '../../base/bytes.ts';
import { Fault } from '../../base/fault.ts';
import { key, type Key } from '../../base/ids.ts';
import { peerAddressBytesMax } from '../../base/limits-exchange.ts';
import { publicKeyBytes } from '../../crypto/sign.ts';

export interface PeerAddress {
  readonly isSecure: boolean;
  /** A name in lower case, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Empty, or it begins with a slash and does not end with one. */
  readonly path: string;
  readonly key: Key;
}

const PORTS = { ws: 80, wss: 443 } as const;
const PORT_MAX = 65_535;
const PRINTABLE = /^[\x21-\x7e]+$/;
const IP4 = /^\d{1,3}(\.\d{1,3}){3}$/;
/** The names of schemes that stand for a secure connection or one that is not. */
const SCHEMES: ReadonlyMap<string, boolean> = new Map([
  ['wss:', true],
  ['https:', true],
  ['ws:', false],
  ['http:', false],
]);
const HOST_KINDS = ['ip4', 'ip6', 'dns', 'dns4', 'dns6'];

/** The parts of an address; `malformed` says what is wrong with it. */
export function readPeerAddress(text: string): PeerAddress {
  if (!PRINTABLE.test(text) || utf8(text).length > peerAddressBytesMax)
    throw wrong(`it has at most ${peerAddressBytesMax} characters and no spaces`);
  return text.startsWith('/') ? fromMultiaddr(text) : fromUrl(text);
}

/** The address in the first form, always the same for the same address. */
export function writePeerAddress({ isSecure, host, port, path, key: of }: PeerAddress): string {
  const scheme = isSecure ? 'wss' : 'ws';
  const place = host.includes(':') ? `[${host}]` : host;
  return `${scheme}://${place}${port === PORTS[scheme] ? '' : `:${port}`}${path}#${base64url(of)}`;
}

/** The address in the second form; null where that has no room for its path. */
export function writeMultiaddr({ isSecure, host, port, path, key: of }: PeerAddress): string | null {
  if (path !== '') return null;
  const kind = host.includes(':') ? 'ip6' : IP4.test(host) ? 'ip4' : 'dns';
  return `/${kind}/${host}/tcp/${port}/${isSecure ? 'wss' : 'ws'}/p2p/${base64url(of)}`;
}

/** Scheme, host and port, for an operator's list of those that are trusted. */
export function originOfPeer({ isSecure, host, port }: PeerAddress): string {
  const scheme = isSecure ? 'wss' : 'ws';
  const place = host.includes(':') ? `[${host}]` : host;
  return new URL(`${scheme}://${place}:${port}`).origin;
}

function fromUrl(text: string): PeerAddress {
  if (!URL.canParse(text)) throw wrong('it is like wss://host#key or /dns/host/tcp/443/wss/p2p/key');
  const { protocol, username, password, hostname, port, pathname, search, hash } = new URL(text);
  const isSecure = SCHEMES.get(protocol);
  if (isSecure === undefined) throw wrong(`${protocol} is none of wss:, ws:, https: and http:`);
  if (username !== '' || password !== '' || search !== '')
    throw wrong('it has a host, a path and a key alone');
  if (hostname === '') throw wrong('it names no host');
  return {
    isSecure,
    host: hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, ''),
    port: port === '' ? PORTS[isSecure ? 'wss' : 'ws'] : Number(port),
    path: pathname.replace(/\/+$/, ''),
    key: keyIn(hash.slice(1)),
  };
}

function fromMultiaddr(text: string): PeerAddress {
  const [, kind = '', host = '', transport, port = '', scheme, p2p, of = '', ...rest] = text.split('/');
  const isKnown = HOST_KINDS.includes(kind) && transport === 'tcp' && p2p === 'p2p' && rest.length === 0;
  if (!isKnown || (scheme !== 'ws' && scheme !== 'wss'))
    throw wrong('it is like /dns/host/tcp/443/wss/p2p/key');
  if (!/^\d{1,5}$/.test(port) || Number(port) === 0 || Number(port) > PORT_MAX)
    throw wrong('its port is 1 to 65535');
  if ((kind === 'ip4') !== IP4.test(host) || (kind === 'ip6') !== host.includes(':'))
    throw wrong(`${host} is no ${kind}`);
  const place = kind === 'ip6' ? `[${host}]` : host;
  // The same parser as for the other form, so that one host is never two.
  return fromUrl(`${scheme}://${place}:${port}#${of}`);
}

function keyIn(text: string): Key {
  const bytes = fromBase64url(text);
  if (bytes?.length !== publicKeyBytes || base64url(bytes) !== text)
    throw wrong('it ends with the key of the node, 43 characters behind # or /p2p/');
  return key(bytes);
}

function wrong(why: string): Fault {
  return new Fault('malformed', `That is no address of a node: ${why}.`);
}
