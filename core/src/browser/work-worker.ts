/** A worker that works for one stamp (SPEC Z59) and says how far it is; who has no use for it any more ends it. */

import { realEnv } from '../base/env.ts';
import { sliceWorker, type WorkTask } from '../client/neighbourhood/work.ts';
import { browserGrinder } from './work-grinder.ts';
import type { FromWork } from './work-thread.ts';

const work = sliceWorker(realEnv(), browserGrinder);

self.addEventListener('message', ({ data }: MessageEvent<WorkTask>) => {
  const say = (word: FromWork): void => self.postMessage(word, []);
  void work(data, { onProgress: (progress) => say({ kind: 'progress', progress }) }).then(
    (nonce) => say({ kind: 'found', nonce }),
    () => say({ kind: 'failed' }),
  );
});
