/**
 * The door `/peer`: the handshake, then the messages of the neighbourhood sealed in its channel. Who comes with
 * the blessing of a user speaks for her as long as her device may (SPEC A6); others are strangers, whose calls
 * are counted by their address (SPEC Z76).
 */

import type { Change } from 'copse/internal/api/auth.ts';
import { peerApi } from 'copse/internal/api/peer.ts';
import { strangersApi } from 'copse/internal/api/strangers.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId, Key, UserId } from 'copse/internal/base/ids.ts';
import type { Blessing } from 'copse/internal/capability/blessing.ts';
import { deviceIdOf, userIdOf } from 'copse/internal/crypto/hash.ts';
import { pusher, service } from 'copse/internal/link/serve.ts';
import type { Guest } from 'copse/internal/social/handshake-server.ts';
import type { Peer } from 'copse/internal/social/peer/peer.ts';
import type { Strangers } from 'copse/internal/social/strangers/strangers.ts';
import { RATE_LIMITS, Rates } from '../auth/rates.ts';
import { metered } from './metered.ts';
import { SealedDoor, type Ends, type SealedDoorOptions, type Seat } from './sealed-door.ts';

export interface PeerDoorOptions extends Omit<SealedDoorOptions, 'name' | 'admit' | 'open'> {
  readonly peer: Peer;
  /** Null admits; a fault is told to the guest and ends the connection. */
  readonly admit: (device: Key, blessing: Blessing | null) => Promise<Fault | null>;
  readonly strangers: Strangers;
}

interface Open {
  readonly device: DeviceId;
  readonly user: UserId | null;
  readonly end: (fault: Fault) => void;
}

const PEER_SERVICE = service(peerApi, strangersApi);

export class PeerDoor extends SealedDoor {
  readonly #peer: Peer;
  readonly #strangers: Strangers;
  readonly #rates: Rates;
  readonly #open = new Set<Open>();
  /** Guests of whom is known that they have an account. */
  readonly #members = new WeakSet<Guest>();

  constructor(options: PeerDoorOptions) {
    const { peer, admit, strangers, env } = options;
    super({
      ...options,
      name: 'peer',
      admit: async (guest) => {
        const { device, blessing } = guest;
        const fault = await admit(device, blessing);
        if (fault !== null || blessing === null) return fault;
        if (await strangers.options.knows(blessing.user)) this.#members.add(guest);
        return null;
      },
      open: (guest, ends) => this.#seat(guest, ends),
    });
    this.#peer = peer;
    this.#strangers = strangers;
    this.#rates = new Rates(env, RATE_LIMITS);
  }

  /** Ends what a change of the authority ends. */
  changed(change: Change): void {
    for (const open of this.#open) {
      const isEnded =
        (change.kind === 'device' && change.device === open.device) ||
        (change.kind === 'user' && change.user === open.user);
      if (isEnded) open.end(new Fault('revoked'));
    }
  }

  #seat(guest: Guest, { outbox, socket, end }: Ends): Seat {
    const { primitives } = this.options;
    const user = guest.blessing?.user ?? null;
    const open = {
      device: deviceIdOf(primitives, guest.device),
      user: user === null ? null : userIdOf(primitives, user),
      end,
    };
    this.#open.add(open);
    const session = this.#peer.open(
      { user, device: guest.device, buffered: () => socket.buffered() + outbox.size, end },
      pusher(peerApi, outbox),
    );
    const strangers = this.#strangers.open(user);
    const take = (): void => this.#rates.takeStranger(socket.address);
    // A node with somebody whom a user of this one follows reads here as members do: there is no other way to keep up.
    const takeRead = (): void => {
      if (user !== null || (this.#peer.guests?.payer(guest.device) ?? null) === null) take();
    };
    const isMember = this.#members.has(guest);
    return {
      service: PEER_SERVICE,
      session: isMember ? session : metered(peerApi, session, takeRead),
      facets: { [strangersApi.name]: isMember ? strangers : metered(strangersApi, strangers, take) },
      closed: () => void this.#open.delete(open),
      drained: () => session.drained(),
    };
  }
}
