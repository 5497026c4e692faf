/**
 * Tickets for uploads (SPEC Z42): whoever shows one may upload on an account for a while, and with the ticket of an
 * own account look after what it holds. The node makes and checks them with a key of its own and keeps none; what
 * an account may, and whether the device that got one is still in use, is asked anew each time.
 */

import { base64url, concat, equal, fromBase64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { deviceId, userId, type DeviceId, type UserId } from 'copse/internal/base/ids.ts';
import { domain } from 'copse/internal/crypto/domain.ts';
import { deriveKey, macOf } from 'copse/internal/crypto/hash.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { maybe, struct } from 'copse/internal/wire/compound.ts';
import { decode, encode, id, uint, type Of } from 'copse/internal/wire/shape.ts';

const KEY = domain('file/ticket-key');
const TICKET = domain('file/ticket');
const MAC_BYTES = 32;
const TEXT_MAX = 256;

const ticketShape = struct({
  account: id(8, userId),
  expiresMs: uint(),
  /** Nothing but uploads, and no more bytes than that. */
  grant: maybe(struct({ id: id(32, (hex) => hex), bytes: uint(), expiresMs: uint() })),
  /** Which got it with a token, and the epoch of its tokens then; null: it is by the user's own key. */
  device: maybe(struct({ id: id(8, deviceId), epoch: uint() })),
});

export type Ticket = Of<typeof ticketShape> & {
  readonly account: UserId;
  readonly device: { readonly id: DeviceId } | null;
};
/** For whom a ticket is. */
export type Holder = Pick<Ticket, 'account' | 'device'>;

export class Tickets {
  readonly #primitives: Primitives;
  readonly #key: Uint8Array;

  constructor(primitives: Primitives, nodeSeed: Uint8Array) {
    this.#primitives = primitives;
    this.#key = deriveKey(primitives, nodeSeed, KEY);
  }

  make(ticket: Ticket): string {
    const bytes = encode(ticketShape, ticket);
    return base64url(concat(this.#macOf(bytes), bytes));
  }

  /** Throws `unauthorized` when it is none of ours, `expired` when it was one. */
  read(text: string, wallMs: number): Ticket {
    const bytes = text.length <= TEXT_MAX ? fromBase64url(text) : null;
    const body = bytes?.subarray(MAC_BYTES);
    if (bytes === null || body === undefined || !equal(bytes.subarray(0, MAC_BYTES), this.#macOf(body)))
      throw new Fault('unauthorized', 'no ticket of this node');
    const ticket = opened(body);
    if (ticket.expiresMs <= wallMs) throw new Fault('expired', 'the ticket');
    return ticket;
  }

  #macOf(body: Uint8Array): Uint8Array {
    return macOf(this.#primitives, this.#key, TICKET, body);
  }
}

/** One that an older version of this node has made is to be asked for again. */
function opened(body: Uint8Array): Ticket {
  try {
    return decode(ticketShape, body);
  } catch {
    throw new Fault('unauthorized', 'a ticket of another version of this node');
  }
}
