/** What a connection to another node is to the exchange; how it is made, whoever runs the node decides. */

import type { Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import type { PeerEvents, PeerRemote } from 'copse/internal/api/peer.ts';
import type { StrangersRemote } from 'copse/internal/api/strangers.ts';
import type { PeerAddress } from 'copse/internal/social/exchange/address.ts';

export interface NodeConnection {
  readonly remote: PeerRemote;
  /** What that node asks of strangers. */
  readonly doorstep: StrangersRemote;
  /** Resolves when the connection has ended, with the fault that ended it. */
  readonly ended: Promise<Fault | null>;
  close(fault?: Fault): void;
}

/** Connects to the node with the key of the address, and to no other. */
export type Connect = (address: PeerAddress, events: PeerEvents) => Promise<NodeConnection>;

/** What became of a message that a node did not take from us, and that was brought as a stranger brings it. */
export type Knocked = 'taken' | 'later' | 'never';
export type Knock = (at: Doorstep, message: Uint8Array) => Promise<Knocked>;

export interface Doorstep {
  readonly doorstep: StrangersRemote;
  /** Whose it is. */
  readonly node: Key;
}
