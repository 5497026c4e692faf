/**
 * What travels between the thin shells around the log machines: the messages of `tailApi` as objects, so
 * that a run costs machines and not codecs.
 */

import type { AckRun, NackReason, Page } from 'copse/internal/api/tail.ts';
import type { Cargo } from '../network.ts';

export type Up =
  | { readonly kind: 'lease'; readonly log: number }
  | { readonly kind: 'attach' | 'read'; readonly log: number; readonly from: number }
  | { readonly kind: 'detach'; readonly log: number }
  | {
      readonly kind: 'write';
      readonly log: number;
      readonly at: number | null;
      readonly entries: Uint8Array;
    };

export type Down =
  | {
      readonly kind: 'leased';
      readonly log: number;
      readonly keyEpoch: number;
      readonly writerEpoch: number;
    }
  | { readonly kind: 'attached' | 'page'; readonly log: number; readonly page: Page }
  | {
      readonly kind: 'entries';
      readonly log: number;
      readonly at: number;
      readonly count: number;
      readonly entries: Uint8Array;
    }
  | { readonly kind: 'ack'; readonly log: number; readonly runs: readonly AckRun[] }
  | {
      readonly kind: 'nack';
      readonly log: number;
      readonly epoch: number;
      readonly seq: number;
      readonly reason: NackReason;
    }
  | { readonly kind: 'lagging'; readonly log: number; readonly at: number };

export type Message = Up | Down;

/** Bytes of a frame around its content. */
const FRAME_BYTES = 24;

export const machineCargo: Cargo<Message> = {
  sizeOf(message) {
    switch (message.kind) {
      case 'write':
      case 'entries':
        return FRAME_BYTES + message.entries.length;
      case 'attached':
      case 'page':
        return FRAME_BYTES + (message.page.kind === 'page' ? message.page.entries.length : 0);
      default:
        return FRAME_BYTES;
    }
  },
  copy: (message) => message,
  mayDouble(message) {
    switch (message.kind) {
      case 'write':
        // The second of two conditional writes is refused, in a nack that nothing tells from the next one's.
        return message.at === null;
      case 'entries':
      case 'ack':
      case 'nack':
      case 'lagging':
        return true;
      default:
        return false;
    }
  },
};
