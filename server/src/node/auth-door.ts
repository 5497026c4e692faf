/**
 * The door `/auth`: the handshake, then the calls of auth sealed in its channel (`sealed-door.ts`). Tails of
 * other processes come in here too, with a key of their own.
 */

import {
  authApi,
  authInternal,
  type AuthApi,
  type AuthEvents,
  type AuthInternal,
  type AuthInternalEvents,
} from 'copse/internal/api/auth.ts';
import { authFacets, type Faceted } from 'copse/internal/api/facets.ts';
import { notifyInternal, type NotifyInternal } from 'copse/internal/api/notify.ts';
import { equal } from 'copse/internal/base/bytes.ts';
import { Fault, FAULT_CODES, FAULTS } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import type { Blessing } from 'copse/internal/capability/blessing.ts';
import { pusher, service } from 'copse/internal/link/serve.ts';
import type { Guest } from 'copse/internal/social/handshake-server.ts';
import { SealedDoor, type Ends, type SealedDoorOptions, type Seat } from './sealed-door.ts';

export interface AuthCaller {
  readonly device: Key;
  readonly blessing: Blessing | null;
  readonly address: string;
  /** Of the page; null when it is a program. */
  readonly origin: string | null;
}

/** What the door asks of auth. */
export interface AuthDoorService {
  /** Null admits; a fault is told to the device and ends the connection. */
  admit(device: Key, blessing: Blessing | null): Promise<Fault | null>;
  open(caller: AuthCaller, events: AuthEvents): AuthApi & Faceted & Disposable;
}

export interface TailGuests {
  readonly key: Key;
  internal(events: AuthInternalEvents): AuthInternal & Disposable;
  /** What they may tell notify. */
  readonly notify: NotifyInternal;
}

export interface AuthDoorOptions extends Omit<SealedDoorOptions, 'name' | 'admit' | 'open'> {
  readonly auth: AuthDoorService;
  /** Tails in other processes come in with a key of their own (SPEC A18); none unless it says so. */
  readonly tails?: TailGuests;
}

const AUTH_SERVICE = service(authApi, ...authFacets);
const TAIL_SERVICE = service(authInternal, notifyInternal);

export class AuthDoor extends SealedDoor {
  constructor(options: AuthDoorOptions) {
    const { auth, tails } = options;
    const isTail = (guest: Guest): boolean => tails !== undefined && equal(guest.device, tails.key);
    super({
      ...options,
      name: 'auth',
      admit: (guest) => (isTail(guest) ? Promise.resolve(null) : auth.admit(guest.device, guest.blessing)),
      open: (guest, ends) =>
        tails !== undefined && isTail(guest) ? tailSeat(tails, ends) : authSeat(auth, guest, ends),
    });
  }
}

function tailSeat(tails: TailGuests, { outbox }: Ends): Seat {
  const session = tails.internal(pusher(authInternal, outbox));
  return { session, service: TAIL_SERVICE, facets: { [notifyInternal.name]: tails.notify } };
}

function authSeat(auth: AuthDoorService, guest: Guest, { outbox, socket, end }: Ends): Seat {
  const { device, blessing } = guest;
  const { address, origin } = socket;
  const events = pusher(authApi, outbox);
  const session = auth.open(
    { device, blessing, address, origin },
    { ...events, ended: ({ fault }) => end(new Fault(FAULT_CODES.get(fault) ?? 'closed')) },
  );
  const farewell = ({ code }: Fault): void => {
    events.ended({ fault: FAULTS[code].number });
    outbox.flush();
  };
  return { session, service: AUTH_SERVICE, facets: session.facets, farewell };
}
