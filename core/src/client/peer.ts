/**
 * The seam to what connects two devices directly: WebRTC in browsers, `node-datachannel` in Node and Bun, and a
 * simulated one in worlds. A connection carries messages in order until it closes.
 */

import type { Ice } from '../api/lead.ts';

/** What one side has to tell the other for the connection: through the node, sealed. */
export interface PeerWord {
  readonly kind: 'offer' | 'answer' | 'candidate';
  readonly text: string;
}

export interface PeerEvents {
  /** To be told to the other side; in this order. */
  onWord(word: PeerWord): void;
  onOpen(): void;
  onMessage(message: Uint8Array): void;
  /** Once, unless `close` was called: it broke, or never came to be. */
  onClose(): void;
}

export interface Peer {
  /** What the other side told. */
  hear(word: PeerWord): void;
  /** A message of at most `directMessageBytesMax`. */
  send(message: Uint8Array): void;
  /** Bytes handed over that have not left. */
  buffered(): number;
  /** Ends it; no event follows. */
  close(): void;
}

/** Makes connections: who calls makes the offer. */
export type Peers = (role: 'caller' | 'answerer', ice: Ice, events: PeerEvents) => Peer;

/** Loads what makes connections; null where nothing can. */
export type PeerSource = () => Promise<Peers | null>;
