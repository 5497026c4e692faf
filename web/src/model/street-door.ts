/**
 * The way to the neighbourhood: its code and its connection come behind the first room (SPEC U8), or when one of its
 * rooms is entered.
 */

import { createEffect, createSignal, getOwner, onCleanup, runWithOwner, type Accessor } from 'solid-js';
import { STREET } from '../logic/route.ts';
import type { App } from './app.ts';
import type { Bell } from './bell.ts';
import type { Street } from './neighbourhood/street.ts';
import type { Copse, Status, UserId } from './sdk.ts';

export interface StreetDoor {
  readonly street: Accessor<Street | null>;
  /** Why there is none. */
  readonly thrown: Accessor<unknown>;
  readonly enter: () => void;
}

export interface StreetDoorOptions {
  readonly copse: Copse;
  readonly bell: Bell;
  readonly status: Accessor<Status>;
  readonly memberName: (user: UserId) => string | null;
}

/** The first room is read before anything is loaded that nobody has asked for. */
const SOON_MS = 1_500;

export function createStreetDoor({ gate, local, route }: App, options: StreetDoorOptions): StreetDoor {
  const { copse, bell, status, memberName } = options;
  const [street, setStreet] = createSignal<Street | null>(null);
  const [thrown, setThrown] = createSignal<unknown>(null);
  const owner = getOwner();
  let isEntered = false;
  let isGone = false;
  const open = async (): Promise<void> => {
    const [{ createStreet }, place] = await Promise.all([
      import('../street-part.ts'),
      gate.neighbourhood(copse),
    ]);
    if (isGone) place[Symbol.dispose]();
    else {
      const parts = { place, copse, bell, local, status, memberName };
      runWithOwner(owner, () => setStreet(createStreet(parts)));
    }
  };
  const enter = (): void => {
    if (isEntered) return;
    isEntered = true;
    setThrown(null);
    open().catch((reason: unknown) => {
      isEntered = false;
      setThrown(reason);
    });
  };
  // Whose first room is one of these does not wait until its code is there.
  if (STREET.includes(route().room)) enter();
  createEffect(() => {
    if (status() !== 'live') return;
    const soon = setTimeout(enter, SOON_MS);
    onCleanup(() => clearTimeout(soon));
  });
  onCleanup(() => {
    isGone = true;
  });
  return { street, thrown, enter };
}
