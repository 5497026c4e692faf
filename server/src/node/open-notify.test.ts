import { deepEqual, rejects } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { notifyInternal } from 'copse/internal/api/notify.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { deviceId, userId } from 'copse/internal/base/ids.ts';
import { direct } from 'copse/internal/link/direct.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { makeDataDirectory } from './data-directory.ts';
import { openNotify } from './open-notify.ts';
import { readSettings } from './settings.ts';

test('[I15, I17] a tail elsewhere says what is new, who is here and what was read, and is told nothing', async () => {
  const data = mkdtempSync(join(tmpdir(), 'copse-notify-'));
  try {
    for (const notify of [true, false]) {
      await using owned = new AsyncDisposableStack();
      const settings = readSettings({ flags: { data, notify }, environment: {}, file: {} });
      const ground = { paths: makeDataDirectory(data), primitives: nativePrimitives(), origin: () => '' };
      const { forTails } = await openNotify(owned, settings, realEnv(), ground);
      const tail = direct(notifyInternal, forTails, realEnv());
      const [user, device] = [userId('aa'.repeat(8)), deviceId('dd'.repeat(8))];
      const frame = { shard: 0, epoch: 1, seq: 0, reads: [], muted: [], unmuted: [] };
      deepEqual(await tail.publish({ logs: [] }), {});
      deepEqual(await tail.presence(frame), { kind: 'ok' });
      deepEqual(await tail.read({ reads: [] }), {});
      const refused = { code: 'forbidden' };
      await rejects(tail.about({}), refused);
      await rejects(tail.told({ user }), refused);
      await rejects(tail.test({ user, device }), refused);
      await rejects(tail.letters({ after: 0 }), refused);
      await rejects(tail.replay({ ids: [1] }), refused);
    }
  } finally {
    rmSync(data, { recursive: true });
  }
});
