/** Pictures of the fake neighbourhood, drawn where they are shown: the fake node gives no files out. */

import { hex, utf8 } from 'copse/internal/base/bytes.ts';
import type { Attachment } from 'copse/neighbourhood';

/** An address that says what lies there. */
export function fakeAddress(name: string): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes.set(utf8(name).subarray(0, 32));
  return bytes;
}

const HILLS: Readonly<Record<string, readonly [string, string, string]>> = {
  old: ['#cfe0ea', '#7f9a6b', '#5b6f4a'],
  bench: ['#f3e2b8', '#b98a5a', '#6f4e2f'],
  film: ['#dfe6ef', '#8aa0b5', '#4c5f73'],
  hive: ['#f6edd2', '#c9a24c', '#7d5f24'],
};

/** A small landscape for what is known, as an address that the policy lets pages show. */
export function fakePicture(address: string): string | null {
  const name = Object.keys(HILLS).find((each) => address.startsWith(hex(utf8(`${each} `))));
  const [sky, far, near] = HILLS[name ?? ''] ?? [];
  if (sky === undefined || far === undefined || near === undefined) return null;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 200"><rect width="300" height="200" fill="${sky}"/>` +
    `<path fill="${far}" d="M0 120Q80 60 160 110T300 90V200H0Z"/><path fill="${near}" d="M0 160Q90 120 180 150T300 140V200H0Z"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

const picture = (name: string, type: string, alt: string, size: number): Attachment => ({
  address: fakeAddress(name),
  thumbnail: fakeAddress(`${name} small`),
  size,
  type,
  alt,
});

export const FAKE_PICTURES: readonly Attachment[] = [
  picture('old', 'image/jpeg', 'A heap of grey boards beside the path', 3_400_000),
  picture('bench', 'image/jpeg', 'The new bench, with room for four', 2_900_000),
  picture('film', 'video/webm', 'Ben planes the seat, and the chips fly', 48_000_000),
  {
    address: fakeAddress('plan'),
    size: 182_000,
    type: 'application/pdf',
    alt: 'bench-plan-2.pdf',
  },
];

/** On another node, until somebody fetches it. */
export const FAKE_ELSEWHERE: Attachment = {
  address: fakeAddress('hive whole'),
  size: 640_000,
  type: 'image/png',
  alt: 'The hive as it was',
};
