/**
 * The door `/peer`: the handshake, then the messages of the neighbourhood sealed in its channel. Who comes with
 * the blessing of a user speaks for her as long as her device may (SPEC A6); others are strangers.
 */

import type { Change } from 'copse/internal/api/auth.ts';
import { peerApi } from 'copse/internal/api/peer.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId, Key, UserId } from 'copse/internal/base/ids.ts';
import type { Blessing } from 'copse/internal/capability/blessing.ts';
import { deviceIdOf, userIdOf } from 'copse/internal/crypto/hash.ts';
import { pusher, service } from 'copse/internal/link/serve.ts';
import type { Guest } from 'copse/internal/social/handshake-server.ts';
import type { Peer } from 'copse/internal/social/peer/peer.ts';
import { SealedDoor, type Ends, type SealedDoorOptions, type Seat } from './sealed-door.ts';

export interface PeerDoorOptions extends Omit<SealedDoorOptions, 'name' | 'admit' | 'open'> {
  readonly peer: Peer;
  /** Null admits; a fault is told to the guest and ends the connection. */
  readonly admit: (device: Key, blessing: Blessing | null) => Promise<Fault | null>;
}

interface Open {
  readonly device: DeviceId;
  readonly user: UserId | null;
  readonly end: (fault: Fault) => void;
}

const PEER_SERVICE = service(peerApi);

export class PeerDoor extends SealedDoor {
  readonly #peer: Peer;
  readonly #open = new Set<Open>();

  constructor(options: PeerDoorOptions) {
    const { peer, admit } = options;
    super({
      ...options,
      name: 'peer',
      admit: (guest) => admit(guest.device, guest.blessing),
      open: (guest, ends) => this.#seat(guest, ends),
    });
    this.#peer = peer;
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
      { user, buffered: () => socket.buffered() + outbox.size },
      pusher(peerApi, outbox),
    );
    return {
      service: PEER_SERVICE,
      session,
      closed: () => void this.#open.delete(open),
      drained: () => session.drained(),
    };
  }
}
