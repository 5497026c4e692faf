/**
 * Whether an IP address belongs to somebody on the public Internet (SPEC I16). IPv4: all but the special purposes
 * of IANA's registry. IPv6: the other way around, only what is given out to networks (2000::/3), and of that not
 * what carries an IPv4 address inside or is set aside. What is not known is not public.
 */

import { isIPv4, isIPv6 } from 'node:net';

type Range = readonly [prefix: readonly number[], bits: number];

/** IANA IPv4 Special-Purpose Address Registry, multicast and what is reserved; of the anycasts, those that no push service is. */
const NOT_PUBLIC_4: readonly Range[] = [
  [[0], 8],
  [[10], 8],
  [[100, 64], 10],
  [[127], 8],
  [[169, 254], 16],
  [[172, 16], 12],
  [[192, 0, 0], 24],
  [[192, 0, 2], 24],
  [[192, 31, 196], 24],
  [[192, 52, 193], 24],
  [[192, 88, 99], 24],
  [[192, 168], 16],
  [[192, 175, 48], 24],
  [[198, 18], 15],
  [[198, 51, 100], 24],
  [[203, 0, 113], 24],
  [[224], 4],
  [[240], 4],
];

const GIVEN_OUT_6: Range = [[0x20], 3];
/** Inside of 2000::/3: protocols and Teredo, documentation, 6to4, documentation again. */
const NOT_PUBLIC_6: readonly Range[] = [
  [[0x20, 0x01, 0x00], 23],
  [[0x20, 0x01, 0x0d, 0xb8], 32],
  [[0x20, 0x02], 16],
  [[0x3f, 0xff, 0x00], 20],
];

/** True for an address as the resolver writes it; false for anything else, also for one with a zone. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) {
    const bytes = address.split('.').map(Number);
    return !NOT_PUBLIC_4.some((range) => isIn(bytes, range));
  }
  if (!isIPv6(address) || address.includes('%')) return false;
  const bytes = bytesOfIPv6(address);
  return isIn(bytes, GIVEN_OUT_6) && !NOT_PUBLIC_6.some((range) => isIn(bytes, range));
}

function isIn(bytes: readonly number[], [prefix, bits]: Range): boolean {
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = bits - bit >= 8 ? 255 : (255 << (8 - (bits - bit))) & 255;
    const index = bit / 8;
    if (((bytes[index] ?? 0) & mask) !== ((prefix[index] ?? 0) & mask)) return false;
  }
  return true;
}

/** The 16 bytes of what `isIPv6` has accepted. */
function bytesOfIPv6(address: string): readonly number[] {
  const [head = '', tail] = withoutDots(address).split('::');
  const front = groupsOf(head);
  const back = groupsOf(tail ?? '');
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => 0);
  return [...front, ...zeros, ...back].flatMap((group) => [group >> 8, group & 255]);
}

/** `::ffff:1.2.3.4` as `::ffff:102:304`. */
function withoutDots(address: string): string {
  return address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
}

function groupsOf(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
