/** The bounds of a tail. Tests and operators lower them; `core/src/base/limits.ts` says why they are what they are. */

import {
  accessesIdleMax,
  connectionsMax,
  feedStaleMs,
  handlesPerConnectionMax,
  handshakeMs,
  idleMs,
  inFlightBytesMax,
  lagBytes,
  leaseBurst,
  leasesPerSecond,
  presenceMs,
  strangersPerAddressMax,
  tailDrainMs,
  tailSweepMs,
} from 'copse/internal/base/limits.ts';

export interface TailLimits {
  readonly connectionsMax: number;
  readonly strangersPerAddressMax: number;
  readonly handshakeMs: number;
  readonly idleMs: number;
  readonly handlesPerConnectionMax: number;
  readonly leasesPerSecond: number;
  readonly leaseBurst: number;
  readonly inFlightBytesMax: number;
  readonly lagBytes: number;
  readonly presenceMs: number;
  readonly feedStaleMs: number;
  readonly accessesIdleMax: number;
  readonly sweepMs: number;
  readonly drainMs: number;
}

export const TAIL_LIMITS: TailLimits = {
  connectionsMax,
  strangersPerAddressMax,
  handshakeMs,
  idleMs,
  handlesPerConnectionMax,
  leasesPerSecond,
  leaseBurst,
  inFlightBytesMax,
  lagBytes,
  presenceMs,
  feedStaleMs,
  accessesIdleMax,
  sweepMs: tailSweepMs,
  drainMs: tailDrainMs,
};
