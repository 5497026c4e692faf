/**
 * Signals of direct connections, sealed as notes under the key of the site, so that the node cannot put itself in
 * between: the fingerprint of the connection's certificate is inside (RFC 8122, SPEC V13). What a signal is for
 * stands inside as well: a node that repeats it elsewhere, or as something else, is not heard.
 */

import { equal } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import type { DeviceId, LogId } from '../base/ids.ts';
import { signalBytesMax } from '../base/limits-led.ts';
import type { Signal } from '../api/lead.ts';
import { deviceIdShape, epochShape } from '../api/model.ts';
import { maybe, struct } from '../wire/compound.ts';
import { choice, decode, encode, fixed, text } from '../wire/shape.ts';
import type { SiteKeys } from './site-keys.ts';

export const LINK_BYTES = 8;

const signalNoteShape = struct({
  lead: epochShape.about('Epoch of the lead that the connection is for.'),
  link: fixed(LINK_BYTES).about('Names the attempt; made by the writer.'),
  to: maybe(deviceIdShape).about('None: the leader.'),
  kind: choice('offer', 'answer', 'candidate', 'end'),
  text: text(signalBytesMax - 256),
});

/** An attempt to connect, as both sides know it. */
export interface Attempt {
  readonly lead: number;
  readonly link: Uint8Array;
}

export interface SignalWord {
  readonly kind: Signal['kind'];
  readonly text: string;
}

export class DirectSignals {
  readonly #keys: SiteKeys;
  readonly #log: LogId;
  readonly #device: DeviceId;

  constructor(keys: SiteKeys, log: LogId, device: DeviceId) {
    this.#keys = keys;
    this.#log = log;
    this.#device = device;
  }

  seal(attempt: Attempt, to: DeviceId | null, word: SignalWord): Signal {
    const note = encode(signalNoteShape, { ...attempt, to, ...word });
    return { kind: word.kind, data: this.#keys.sealNote(this.#log, this.#device, note) };
  }

  /** What a device said, or null when it did not say that, here, to this one. */
  open(from: DeviceId, to: 'leader' | 'writer', signal: Signal): (Attempt & SignalWord) | null {
    const note = this.#keys.openNote(this.#log, from, signal.data);
    if (note === null) return null;
    try {
      const said = decode(signalNoteShape, note);
      if (said.kind !== signal.kind || said.to !== (to === 'leader' ? null : this.#device)) return null;
      return { ...said, link: said.link.slice() };
    } catch (thrown) {
      if (thrown instanceof Fault) return null;
      throw thrown;
    }
  }
}

export function isSame(a: Attempt, b: Attempt): boolean {
  return a.lead === b.lead && equal(a.link, b.link);
}
