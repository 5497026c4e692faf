/**
 * The address by which a caller is counted. An IPv6 customer owns a whole /64, so its 2^64 addresses are
 * one; behind a proxy the address is the one that the proxy saw.
 */

import { isIPv4, isIPv6 } from 'node:net';

const MAPPED = '::ffff:';
/** Groups of an IPv6 address that name the network of one customer. */
const NETWORK_GROUPS = 4;
const GROUPS = 8;

export interface CallerOptions {
  /** Address at the other end of the socket. */
  readonly peer: string;
  /** `X-Forwarded-For`, or null. */
  readonly forwarded: string | null;
  readonly proxied: boolean;
}

/** The last address in the header is the proxy's own word; those before it are the caller's. */
export function callerAddress({ peer, forwarded, proxied }: CallerOptions): string {
  const told = proxied ? (forwarded?.split(',').at(-1)?.trim() ?? '') : '';
  return countedAs(isIPv4(told) || isIPv6(told) ? told : peer);
}

/** IPv4 as it is, IPv6 as its first 64 bits. */
export function countedAs(address: string): string {
  const bare = address.replace(/%.*$/, '').toLowerCase();
  if (bare.startsWith(MAPPED) && isIPv4(bare.slice(MAPPED.length))) return bare.slice(MAPPED.length);
  if (!isIPv6(bare)) return bare;
  const [head = '', tail] = bare.split('::');
  const groups = (part: string): readonly string[] => (part === '' ? [] : part.split(':'));
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const zeros = tail === undefined ? 0 : GROUPS - front.length - back.length;
  const all = [...front, ...Array.from({ length: zeros }, () => '0'), ...back];
  return `${all
    .slice(0, NETWORK_GROUPS)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
