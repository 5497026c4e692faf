/**
 * What the handshake leaves behind: one key per direction, a counter as nonce (SPEC H3). Frames arrive
 * in the order in which they were sealed, all of them and unchanged, or the channel is dead: there is no
 * number on the wire that could be trusted, so a lost, repeated, reordered or altered frame does not open.
 *
 * After `rekeyFrames` frames a direction goes on to the next key by a one-way step, so that a key that
 * leaks opens nothing older.
 */

import { NO_BYTES } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { messageBytesMax, rekeyFrames } from '../base/limits.ts';
import { nonceBytes, tagBytes } from '../crypto/aead.ts';
import { domain } from '../crypto/domain.ts';
import { hashBytes, hkdfExpand } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';

export interface ChannelSecrets {
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
  /** Only tests change it. */
  readonly framesPerKey?: number;
}

/** What sealing adds to a frame. */
export const channelOverheadBytes = tagBytes;

const TRAFFIC_KEY = domain('channel/key');
const NEXT_SECRET = domain('channel/next');

export class Channel {
  readonly #primitives: Primitives;
  readonly #sending: Direction;
  readonly #receiving: Direction;
  #isOpen = true;

  constructor(primitives: Primitives, secrets: ChannelSecrets) {
    const framesPerKey = secrets.framesPerKey ?? rekeyFrames;
    this.#primitives = primitives;
    this.#sending = new Direction(primitives, secrets.send, framesPerKey);
    this.#receiving = new Direction(primitives, secrets.receive, framesPerKey);
  }

  /** The frame as it goes out next; what is sealed must be sent, and in this order. */
  seal(frame: Uint8Array): Uint8Array {
    this.#requireOpen();
    if (frame.length > messageBytesMax) throw new Fault('tooLarge', `at most ${messageBytesMax} bytes`);
    const { key, nonce } = this.#sending.next();
    return this.#primitives.aesGcmSeal(key, nonce, frame, NO_BYTES);
  }

  /** The frame that came in next. Whatever does not open ends the channel. */
  open(sealed: Uint8Array): Uint8Array {
    this.#requireOpen();
    if (sealed.length > messageBytesMax + tagBytes) {
      this.close();
      throw new Fault('tooLarge', `at most ${messageBytesMax} bytes`);
    }
    const { key, nonce } = this.#receiving.next();
    const frame = sealed.length < tagBytes ? null : this.#primitives.aesGcmOpen(key, nonce, sealed, NO_BYTES);
    if (frame === null) {
      this.close();
      throw new Fault('badProof', 'a frame was altered, lost, repeated or reordered');
    }
    return frame;
  }

  /** Forgets the keys. Sealing and opening answer `closed` from now on. */
  close(): void {
    this.#isOpen = false;
    this.#sending.forget();
    this.#receiving.forget();
  }

  #requireOpen(): void {
    if (!this.#isOpen) throw new Fault('closed');
  }
}

class Direction {
  readonly #primitives: Primitives;
  readonly #framesPerKey: number;
  #secret: Uint8Array;
  #key: Uint8Array;
  #count = 0;

  constructor(primitives: Primitives, secret: Uint8Array, framesPerKey: number) {
    this.#primitives = primitives;
    this.#framesPerKey = framesPerKey;
    this.#secret = secret;
    this.#key = this.#derive(TRAFFIC_KEY.prefix);
  }

  /** Key and nonce of the next frame, each pair once. */
  next(): { readonly key: Uint8Array; readonly nonce: Uint8Array } {
    if (this.#count > 0 && this.#count % this.#framesPerKey === 0) this.#advance();
    const nonce = new Uint8Array(nonceBytes);
    const view = new DataView(nonce.buffer);
    view.setUint32(nonceBytes - 8, Math.floor(this.#count / 2 ** 32));
    view.setUint32(nonceBytes - 4, this.#count % 2 ** 32);
    this.#count++;
    return { key: this.#key, nonce };
  }

  forget(): void {
    this.#secret.fill(0);
    this.#key.fill(0);
  }

  #advance(): void {
    const next = this.#derive(NEXT_SECRET.prefix);
    this.forget();
    this.#secret = next;
    this.#key = this.#derive(TRAFFIC_KEY.prefix);
  }

  #derive(label: Uint8Array): Uint8Array {
    return hkdfExpand(this.#primitives, this.#secret, label, hashBytes);
  }
}
