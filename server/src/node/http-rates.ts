/** Rates of calls over HTTP (SPEC O7): per address before anything costs, per device once its key is proven. */

import { Cache } from 'copse/internal/base/cache.ts';
import type { Env } from 'copse/internal/base/env.ts';
import {
  addressesMeteredMax,
  httpCallsBurst,
  httpCallsPerSecond,
  httpDeviceCallsBurst,
  httpDeviceCallsPerSecond,
  httpDevicesMax,
} from 'copse/internal/base/limits.ts';
import { Meter } from 'copse/internal/base/meter.ts';
import { Denied } from './http-reply.ts';

export class HttpRates {
  readonly #env: Env;
  readonly #byAddress = new Cache<string, Meter>(addressesMeteredMax);
  readonly #byDevice = new Cache<string, Meter>(httpDevicesMax);

  constructor(env: Env) {
    this.#env = env;
  }

  /** Throws `tooMany` with the pause to make. */
  takeAddress(address: string): void {
    const make = (): Meter => new Meter(httpCallsPerSecond, httpCallsBurst);
    this.#take(meterOf(this.#byAddress, address, make), 'calls of this address');
  }

  /** The same for a device that has proven its key. */
  takeDevice(device: string): void {
    const make = (): Meter => new Meter(httpDeviceCallsPerSecond, httpDeviceCallsBurst);
    this.#take(meterOf(this.#byDevice, device, make), 'calls of this device');
  }

  #take(meter: Meter, what: string): void {
    const waitMs = meter.take(this.#env.nowMs());
    if (waitMs > 0) throw Denied.forNow(what, waitMs);
  }
}

function meterOf(meters: Cache<string, Meter>, name: string, make: () => Meter): Meter {
  const known = meters.get(name);
  if (known !== undefined) return known;
  const made = make();
  meters.set(name, made);
  return made;
}
