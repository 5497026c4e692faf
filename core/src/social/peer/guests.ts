/** What another node may bring here (SPEC Z85): what mentions a user of this peer, and nothing else. */

import type { OtherNode } from '../../api/peer.ts';
import { Fault } from '../../base/fault.ts';
import type { Key } from '../../base/ids.ts';
import { isCurrentKind } from '../message/kinds.ts';
import type { UnverifiedMessage } from '../message/message.ts';
import type { Payer } from './ingest.ts';

/** What other nodes are to this peer, where it exchanges messages with some (SPEC Z83 to Z86). */
export interface Guests {
  /** Messages have come in. */
  committed(): void;
  /** Takes messages of other nodes away when the peer has so many bytes too much; answers how many went. */
  yield(bytesOver: number): number;
  /** Whose account counts for what a node brings; null: it brings nothing. */
  payer(device: Key): Payer | null;
  /** Those with which messages are exchanged, for who asks. */
  nodes(): readonly OtherNode[];
}

/** `forbidden` for a message that no user of this peer is mentioned in. */
export async function requireMention(
  { kind, mentions }: UnverifiedMessage,
  isFriend: (user: Key) => Promise<boolean>,
): Promise<void> {
  if (!isCurrentKind(kind)) for (const mention of mentions) if (await isFriend(mention)) return;
  throw new Fault('forbidden', 'another node brings what mentions a user here, and nothing else');
}
