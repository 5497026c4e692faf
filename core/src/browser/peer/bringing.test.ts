import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { realEnv } from '../../base/env.ts';
import type { PeerRemote } from '../../api/peer.ts';
import { Bringing, type BringingOptions } from './bringing.ts';
import type { Waiting } from './keep.ts';

/** Microtasks between the end of what was brought and the next message: each of the first few is tried. */
const TURNS_MAX = 12;

const waitingOf = (n: number): Waiting => ({ id: new Uint8Array(32).fill(n), bytes: Uint8Array.of(n) });

/** What waits, in memory; `onEmpty` runs whenever nothing does. */
function keepOf(rows: Waiting[], onEmpty: () => void): BringingOptions['keep'] {
  return {
    waiting() {
      if (rows.length === 0) onEmpty();
      return [...rows];
    },
    remove: (ids) => void rows.splice(0, ids.length),
    refuse: () => {},
  };
}

test('[Z56] what is written in the moment in which everything was brought is brought, too', async () => {
  for (let turns = 0; turns < TURNS_MAX; turns++) {
    const brought: number[] = [];
    const rows = [waitingOf(1)];
    let isFirst = true;
    const keep = keepOf(rows, () => {
      if (isFirst) void write();
      isFirst = false;
    });
    const bringing = new Bringing({ env: realEnv(), keep, onChange: () => {} });
    const write = async (): Promise<void> => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      rows.push(waitingOf(2));
      await bringing.go();
    };
    const remote: Pick<PeerRemote, 'publish'> = {
      async publish({ messages }) {
        brought.push(...messages.map(([n = 0]) => n));
        return { answers: messages.map(() => ({ kind: 'known' })) };
      },
    };
    bringing.up(remote);
    await new Promise((resolve) => void setImmediate(resolve));
    deepEqual(brought, [1, 2], `after ${turns} turns`);
  }
});
