/** An account as one file at the fake node: it takes a moment, and brings what a small one would. */

import { utf8 } from 'copse/internal/base/bytes.ts';
import type { AccountFileDesk } from '../model/sdk-account-file.ts';
import { pause } from './fake-log.ts';
import { keyOf } from './fake-rights.ts';
import { ada } from './people.ts';

const PIECES = 4;
const RECORDS = 120;

export function fakeAccountFile(delayMs: number): AccountFileDesk {
  return {
    async *write({ withChunks, onProgress }) {
      for (let at = 1; at <= PIECES; at++) {
        await pause(delayMs);
        onProgress((RECORDS * at) / PIECES, at * (withChunks ? 1 << 20 : 1 << 14));
        yield utf8(`piece ${at}\n`);
      }
    },
    async bring(file, { onProgress }) {
      await pause(delayMs);
      onProgress(RECORDS, 0);
      const isWhole = (await file.text()).startsWith('piece 1');
      return {
        user: keyOf(ada.user),
        url: 'https://copse.example',
        madeMs: 0,
        records: RECORDS,
        messages: { taken: 98, known: 12, refused: 1 },
        pins: { taken: 2, known: 0, refused: 0 },
        files: { taken: 1, known: 0, refused: 0 },
        filesMissing: 2,
        refusals: [{ record: 17, what: 'message', why: 'its user has not signed it' }],
        trouble: isWhole ? null : 'it ends early, after 120 records: the rest is missing',
      };
    },
    [Symbol.dispose]() {},
  };
}
