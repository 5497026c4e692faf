/**
 * Who is here: a stranger, a member with an open connection, or somebody whose account could not be opened.
 * Links with secrets are read once at the start and leave the address bar before anything else happens.
 */

import { asFault, type Fault } from 'copse/internal/base/fault.ts';
import { key } from 'copse/internal/base/ids.ts';
import { batch, createSignal, type Accessor } from 'solid-js';
import { arrivalOf, type Arrival } from '../logic/route.ts';
import { deviceCaches, forgetShowing } from '../worker/showing.ts';
import type { Local } from './local.ts';
import { Kept, type Locked } from './locked.ts';
import type { Copse, Gate, OpenOptions } from './sdk.ts';

export type SessionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'stranger' }
  | { readonly kind: 'member'; readonly copse: Copse }
  | ({ readonly kind: 'locked' } & Locked)
  | { readonly kind: 'failed'; readonly fault: Fault };

/** What another device has told beside the secret. */
type HandedKeys = Pick<OpenOptions, 'nodeKey' | 'generations'>;

export interface Session {
  readonly state: Accessor<SessionState>;
  /** The invitation or setup secret that brought the visitor here and was not used yet. */
  readonly arrival: Accessor<Arrival | null>;
  /** Takes a link that was pasted. Answers what it is. */
  readonly arrive: (link: string) => Arrival | null;
  readonly dismissArrival: () => void;
  /** Opens the kept account; with nothing kept the visitor is a stranger. */
  readonly start: () => Promise<void>;
  /**
   * Makes an account with what the visitor brought; throws the `Fault` for the form that asked. Answers false
   * when the account is there but the invitation could not be taken up; then it is still here to be tried.
   */
  readonly signUp: (name: string) => Promise<boolean>;
  /** Comes back with the secret of the 24 words. What the visitor brought stays for the rooms of members. */
  readonly signIn: (secret: Uint8Array, handed?: HandedKeys) => Promise<void>;
  /** What the visitor brought, for an account that is opened in another way. */
  readonly admission: () => OpenOptions;
  /** Goes in with a connection that was opened elsewhere. */
  readonly enter: (copse: Copse) => void;
  /** Works without the node, and with tabs that do not let go of what they have. */
  readonly signOut: () => Promise<SignedOut>;
}

/** What became of it beyond this page. */
export interface SignedOut {
  readonly isNodeTold: boolean;
  /** Nothing of the neighbourhood is left on this device. */
  readonly isBare: boolean;
}

/** The part of the page's address that a session reads and cleans. */
export interface Address {
  readonly href: string;
  /** Replaces what follows `#`, without a step in the history. */
  clean(): void;
}

export function createSession(gate: Gate, local: Local, address: Address): Session {
  const [arrival, setArrival] = createSignal<Arrival | null>(arrivalOf(address.href));
  if (arrival() !== null) address.clean();
  const [state, setState] = createSignal<SessionState>({ kind: 'starting' });
  const kept = new Kept(gate, {
    locked: (locked) => setState({ kind: 'locked', ...locked }),
    back: (copse) => setState(copse === null ? { kind: 'starting' } : { kind: 'member', copse }),
  });

  async function start(): Promise<void> {
    // A stranger reads the first page while the rest is still loading; a member waits for her own.
    setState({ kind: local.hasAccount() ? 'starting' : 'stranger' });
    try {
      const isKnown = await gate.remembers();
      if (state().kind === 'member') return;
      if (isKnown) enter(await kept.open());
      else setState({ kind: 'stranger' });
    } catch (thrown) {
      // A stranger has nothing that could fail to open; what she tries next tells her what is wrong.
      if (state().kind === 'starting') setState({ kind: 'failed', fault: asFault(thrown) });
    }
  }

  function enter(copse: Copse): void {
    kept.copse = copse;
    local.setAccount(true);
    setState({ kind: 'member', copse });
  }

  async function signUp(name: string): Promise<boolean> {
    const brought = arrival();
    const copse = await openWith(gate, brought, name);
    const hasJoined = brought?.kind !== 'join' || (await joins(copse, brought.link));
    // Together, so that the rooms of members do not see what was used a moment ago.
    batch(() => {
      if (hasJoined) setArrival(null);
      enter(copse);
    });
    return hasJoined;
  }

  return {
    state,
    arrival,
    // What is no link of ours leaves what was brought before as it is.
    arrive: (link) => setArrival((now) => arrivalOf(link) ?? now) && arrivalOf(link),
    dismissArrival: () => setArrival(null),
    start,
    signUp,
    signIn: async (secret, handed = {}) => enter(await gate.open({ secret, ...handed })),
    admission: () => admissionOf(arrival()),
    enter,
    async signOut() {
      const signedOut = await signOutOf(gate, state());
      leaveBrowser(gate, local);
      setState({ kind: 'stranger' });
      return signedOut;
    },
  };
}

async function signOutOf(gate: Gate, now: SessionState): Promise<SignedOut> {
  if (now.kind !== 'member') return { isNodeTold: true, isBare: true };
  // While it is known whose they are; what another tab does not let go of does not keep anybody here.
  const isBare = await gate.forgetNeighbourhood(now.copse).then(
    () => true,
    () => false,
  );
  return { ...(await now.copse.logout()), isBare };
}

/** Nothing of the account stays, and whoever signs in here next is not reached under its address. */
function leaveBrowser(gate: Gate, local: Local): void {
  if (local.bell() === 'on') {
    const forgetting = gate.push().then((push) => push.forget());
    forgetting.catch(() => {});
  }
  forgetShowing(deviceCaches).catch(() => {});
  local.forget();
}

function openWith(gate: Gate, brought: Arrival | null, name: string): Promise<Copse> {
  if (brought?.kind === 'account') return gate.takeUpAccount(brought.link, { name });
  return gate.open({ name, ...admissionOf(brought) });
}

function admissionOf(arrival: Arrival | null): OpenOptions {
  switch (arrival?.kind) {
    case 'join':
      return { invitation: arrival.seed, nodeKey: key(arrival.nodeKey) };
    case 'setup':
      return { setup: arrival.secret, nodeKey: key(arrival.nodeKey) };
    default:
      return {};
  }
}

async function joins(copse: Copse, link: string): Promise<boolean> {
  try {
    await copse.join(link);
    return true;
  } catch {
    // The room for invitations asks again and tells what is wrong.
    return false;
  }
}
