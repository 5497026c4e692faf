/**
 * Where the parts of a stream are kept (SPEC F1): its data in one log, what is known of it in another, both of one
 * site. A stream that is deleted and made anew is another generation, with a log of its own. Everything is derived
 * from names by hashes, so there is no table that could disagree with the logs.
 */

import { concat, hex, NO_BYTES, utf8 } from 'copse/internal/base/bytes.ts';
import { deviceId, logId, siteId, type DeviceId, type LogId, type SiteId } from 'copse/internal/base/ids.ts';
import { domain } from 'copse/internal/crypto/domain.ts';
import { hashOf } from 'copse/internal/crypto/hash.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';

const SITE = domain('stream/site');
const STATE = domain('stream/state');
const DATA = domain('stream/data');
const WRITER = domain('stream/writer');
const LOG_BYTES = 16;
const DEVICE_BYTES = 8;

/** A device that stands for a writer over HTTP. */
export interface WriterName {
  readonly device: DeviceId;
  readonly bytes: Uint8Array;
}

export class StreamNames {
  readonly #primitives: Primitives;
  /**
   * Of the streams that the node's operator has opened, which belong to no site of people: nobody has a root key
   * with this id. The same on all nodes, so that streams stay when a node gets another key.
   */
  readonly openSite: SiteId;
  /** Writes what is known of streams. */
  readonly keeper: WriterName;
  /** Writes what was sent without the name of a producer. */
  readonly nameless: WriterName;
  /** Writes the first parts of what is larger than an entry. */
  readonly parts: WriterName;

  constructor(primitives: Primitives) {
    this.#primitives = primitives;
    this.openSite = siteId(hex(hashOf(primitives, SITE, NO_BYTES).subarray(0, LOG_BYTES)));
    this.keeper = this.#writer(0, '');
    this.nameless = this.#writer(1, '');
    this.parts = this.#writer(2, '');
  }

  state(path: string): LogId {
    return logId(hex(hashOf(this.#primitives, STATE, utf8(path)).subarray(0, LOG_BYTES)));
  }

  data(path: string, generation: number): LogId {
    const name = utf8(`${generation} ${path}`);
    return logId(hex(hashOf(this.#primitives, DATA, name).subarray(0, LOG_BYTES)));
  }

  /** The writer for a producer that names itself. */
  producer(id: string): WriterName {
    return this.#writer(3, id);
  }

  #writer(kind: number, name: string): WriterName {
    const hash = hashOf(this.#primitives, WRITER, concat(Uint8Array.of(kind), utf8(name)));
    const bytes = hash.slice(0, DEVICE_BYTES);
    return { device: deviceId(hex(bytes)), bytes };
  }
}
