/** A node that lies, for the tests of what a node exchanges with others: what it says is bytes on a link. */

import { realEnv } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { peerApi, type MessageRow, type PeerEvents, type PeerRemote } from 'copse/internal/api/peer.ts';
import { linkPair } from 'copse/internal/link/link.ts';
import { Outbox, WriterPool } from 'copse/internal/link/outbox.ts';
import { dial } from 'copse/internal/link/remote.ts';
import { Host, pusher, service } from 'copse/internal/link/serve.ts';
import { struct } from 'copse/internal/wire/compound.ts';
import { call } from 'copse/internal/wire/contract.ts';
import { bytes, uint } from 'copse/internal/wire/shape.ts';
import type { NodeConnection } from '../../server/src/peer/exchange/connect.ts';

/** What stands in for the peer of a node that lies. */
export type Liar = (events: PeerEvents) => PeerRemote;

const { compare } = peerApi.calls;
const huge = struct({ number: uint(), message: bytes(1 << 19) });
/** The contract of who keeps to no bound in what it answers. */
const LOOSE = service({
  ...peerApi,
  calls: { ...peerApi.calls, compare: call(compare.number, '', compare.request, huge) },
});

/** A connection to one that lies, over a link. */
export function wired(liar: Liar, events: PeerEvents): Omit<NodeConnection, 'doorstep'> {
  const [near, far] = linkPair();
  const send = (message: Uint8Array): void => far.send(message);
  const outbox = new Outbox({ send, schedule: (flush) => queueMicrotask(flush) }, new WriterPool());
  const host = new Host(liar(pusher(peerApi, outbox)), {
    service: LOOSE,
    outbox,
    onFault: (fault) => far.close(fault),
    onMistake: (fault) => far.close(fault),
  });
  far.listen({ onMessage: (message) => host.receive(message), onClose: () => {} });
  const dialed = dial(peerApi, near, events, realEnv());
  return { remote: dialed.remote, ended: dialed.ended, close: (fault) => dialed.close(fault) };
}

/** With long messages as much as one message of the link holds. */
const ROWS_OF_PUSH = 16;

export interface Lies {
  readonly epoch: Uint8Array;
  /** Told as soon as it is listened to. */
  readonly rows: readonly MessageRow[];
  /** Every page, whatever is asked for: there is no end of them. */
  readonly pages: readonly MessageRow[];
}

export function liar(events: PeerEvents, { epoch, rows, pages }: Lies): PeerRemote {
  return {
    hello: async () => ({
      epoch,
      head: 7,
      standing: 'stranger',
      nowMs: 0,
      compares: false,
      usage: { bytes: 0, bytesMax: 0, messages: 0, markMs: 0 },
    }),
    follow: async () => ({ count: 2 }),
    listen: async () => {
      for (let from = 0; from < rows.length; from += ROWS_OF_PUSH) {
        const part = rows.slice(from, from + ROWS_OF_PUSH);
        const isLast = from + ROWS_OF_PUSH >= rows.length;
        events.messages({ rows: part, at: isLast ? Number.MAX_SAFE_INTEGER : (part.at(-1)?.seq ?? 0) });
      }
      return { head: 7 };
    },
    page: async () => ({ rows: [...pages] }),
    current: async () => ({ row: pages[0] ?? null }),
    get: async () => ({ rows: [] }),
    search: async () => ({ rows: [] }),
    publish: () => Promise.reject(new Fault('forbidden')),
    pin: () => Promise.reject(new Fault('forbidden')),
    pinned: () => Promise.reject(new Fault('forbidden')),
    compare: () => Promise.reject(new Fault('forbidden')),
    compareOn: () => Promise.reject(new Fault('unknown')),
    compareEnd: async () => ({}),
    nodes: () => Promise.reject(new Fault('forbidden')),
  };
}
