/**
 * The digest of a state: the exclusive or of 64 bits for each of its rows, whatever their order, so that it
 * follows a change by the rows that changed. It covers all that a state says but the times at which
 * durations end, which each end counts by its own clock (SPEC I11).
 */

import { levelShape, quietShape } from '../../api/notify.ts';
import { deviceIdShape, siteIdShape } from '../../api/model.ts';
import { compare } from '../../base/bytes.ts';
import type { DeviceId } from '../../base/ids.ts';
import { holdingsMax } from '../../base/limits.ts';
import { endpointBytesMax, overrideMsMax, tagsPerListenerMax } from '../../base/limits-notify.ts';
import { domain, separated } from '../../crypto/domain.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { maybe, struct, union } from '../../wire/compound.ts';
import { bytes, choice, encode, fixed, text, uint, type Of } from '../../wire/shape.ts';
import { TAG_BYTES, type Difference, type Endpoint, type Held, type ListenerAt } from './held.ts';

export type Sha256 = Pick<Primitives, 'sha256'>;

export const DIGEST_BYTES = 8;
export const NO_DIGEST: Uint8Array = new Uint8Array(DIGEST_BYTES);

const ROW = domain('notify/row');

const rowShape = union({
  listener: [
    1,
    struct({
      device: deviceIdShape,
      site: siteIdShape,
      audience: text(33 * holdingsMax),
      level: levelShape,
      override: maybe(struct({ level: choice('all', 'none'), forMs: uint(overrideMsMax) })),
      tags: bytes(TAG_BYTES * tagsPerListenerMax),
    }),
  ],
  endpoint: [
    2,
    struct({ device: deviceIdShape, url: text(endpointBytesMax), p256dh: fixed(65), auth: fixed(16) }),
  ],
  quiet: [3, quietShape],
});
type Row = Of<typeof rowShape>;

/** The digest of what differs: that of the state before, by exclusive or, is that of the state after. */
export function digestBetween(primitives: Sha256, held: Held, difference: Difference): Uint8Array {
  const out = new Uint8Array(DIGEST_BYTES);
  const add = (row: Row | null): void => {
    if (row !== null) mix(out, primitives.sha256(separated(ROW, encode(rowShape, row))));
  };
  for (const { device, site, listener } of difference.listeners) {
    const before = held.listener(device, site);
    add(before === null ? null : listenerRow({ device, site, listener: before }));
    add(listener === null ? null : listenerRow({ device, site, listener }));
  }
  for (const [device, endpoint] of difference.endpoints) {
    add(endpointRow(device, held.endpoint(device)));
    add(endpointRow(device, endpoint));
  }
  if (difference.quiet !== undefined)
    for (const spec of [held.quiet, difference.quiet]) add(spec === null ? null : { kind: 'quiet', ...spec });
  return out;
}

export function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = a.slice();
  mix(out, b);
  return out;
}

export const isSame = (a: Uint8Array, b: Uint8Array): boolean => compare(a, b) === 0;

function mix(into: Uint8Array, from: Uint8Array): void {
  for (let i = 0; i < DIGEST_BYTES; i++) into[i]! ^= from[i]!;
}

function listenerRow({ device, site, listener: { override, ...listener } }: ListenerAt): Row {
  const stated = override === null ? null : { level: override.level, forMs: override.forMs };
  return { kind: 'listener', device, site, ...listener, override: stated };
}

function endpointRow(device: DeviceId, endpoint: Endpoint | null): Row | null {
  return endpoint === null ? null : { kind: 'endpoint', device, ...endpoint };
}
