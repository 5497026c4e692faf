/** The log of the node as the public sees it (SPEC M13): nothing that no signed checkpoint covers yet. */

import { tileWidth, widthIn, type TileName } from 'copse/internal/transparency/tile.ts';
import type { NodeLog } from './node-log.ts';

export interface PublicLog {
  checkpoint(): string;
  /** The newest checkpoint with a cosignature, or null. */
  witnessed(): Promise<string | null>;
  /** Null when the tree of the checkpoint has no such tile. */
  tile(name: TileName): Promise<Uint8Array | null>;
}

export function publicLog(log: NodeLog): PublicLog {
  return {
    checkpoint: () => log.note.text,
    witnessed: async () => (await log.tlog.note('witnessed'))?.text ?? null,
    async tile(name) {
      const there = widthIn(log.note.size, name.level, name.index);
      return name.width <= there && name.width <= tileWidth ? log.tlog.tile(name) : null;
    },
  };
}
