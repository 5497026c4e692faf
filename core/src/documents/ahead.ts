/** The document with this device's own changes on top; when only more of them come, only those are done. */

import type { DeviceId } from '../base/ids.ts';
import type { PendingEntry } from '../client/types.ts';
import type { Document } from './document.ts';

interface Made<V> {
  readonly confirmed: Document<V>;
  readonly next: number;
  readonly document: Document<V>;
  readonly ids: readonly string[];
}

export class Ahead<V> {
  readonly #device: DeviceId;
  #made: Made<V> | null = null;

  constructor(device: DeviceId) {
    this.#device = device;
  }

  /** `confirmed` is the document before position `next`. A change that does not fit any more is left out. */
  of(confirmed: Document<V>, next: number, pending: readonly PendingEntry[]): Document<V> {
    const before = this.#made;
    const isSame = before?.confirmed === confirmed && before.next === next;
    const isMore = isSame && before.ids.every((id, place) => pending[place]?.id === id);
    const document = isMore ? before.document : confirmed.fork();
    for (const { value } of pending.slice(isMore ? before.ids.length : 0)) {
      if (value !== undefined) document.take(value, { device: this.#device });
    }
    this.#made = { confirmed, next, document, ids: pending.map(({ id }) => id) };
    return document;
  }
}
