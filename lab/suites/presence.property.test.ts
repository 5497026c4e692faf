/**
 * Who is here, by a tail and by notify as they are: whatever is lost or late on the way and whoever begins again, after
 * a while both hold the same, and meanwhile nobody stays muted who has gone (SPEC I4, I5, I18).
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { Fault } from 'copse/internal/base/fault.ts';
import { logId, siteId, userId, type UserId } from 'copse/internal/base/ids.ts';
import { presenceSilenceMs } from 'copse/internal/base/limits-notify.ts';
import { newLog } from 'copse/internal/log/batch.ts';
import { Presence } from '../../server/src/notify/news/presence.ts';
import { Here } from '../../server/src/tail/here.ts';
import type { NotifySink } from '../../server/src/tail/tellers.ts';
import { FakeEnv } from '../../server/src/tail/testing/fake-env.ts';

type Frame = Parameters<NotifySink['presence']>[0];

const log = newLog(1, siteId('5e'.repeat(16)), logId('10'.repeat(16)));
const userOf = (n: number): UserId => userId(n.toString(16).padStart(16, '0'));

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('came', 'went', 'read'), user: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('through', 'lost', 'unanswered', 'late') }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('moment', 'while', 'silence') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('tail', 'notify', 'arrives') }) },
);

class Scene {
  readonly env = new FakeEnv();
  /** How often each is muted, as notify counts it. */
  readonly muted = new Map<UserId, number>();
  readonly readAt = new Map<UserId, number>();
  /** By user, how many connections look. */
  readonly lines = new Map<UserId, number>();
  way: 'through' | 'lost' | 'unanswered' | 'late' = 'through';
  /** On their way still, when nobody waits for their answers any more. */
  #late: Frame[] = [];
  presence = this.#presence();
  here = this.#here();

  #presence(): Presence {
    this.muted.clear();
    const count = (user: UserId, by: number): void => {
      const now = (this.muted.get(user) ?? 0) + by;
      assert.ok(now === 0 || now === 1, 'one shard mutes once');
      if (now === 0) this.muted.delete(user);
      else this.muted.set(user, now);
    };
    return new Presence(this.env, {
      mute: (user) => count(user, 1),
      unmute: (user) => count(user, -1),
      read: (user, { at }) => void this.readAt.set(user, Math.max(at, this.readAt.get(user) ?? 0)),
    });
  }

  #here(): Here {
    const notify: Pick<NotifySink, 'presence'> = {
      presence: async (frame) => {
        if (this.way === 'lost') throw new Fault('closed');
        if (this.way === 'late') {
          this.#late.push(frame);
          throw new Fault('deadline');
        }
        const heard = this.presence.frame(frame);
        if (this.way === 'unanswered') throw new Fault('deadline');
        return 'ok' in heard ? { kind: 'ok' } : { kind: 'again', epoch: heard.again.epoch };
      },
    };
    return new Here({ env: this.env, notify, shard: 0 });
  }

  came(user: UserId): void {
    this.lines.set(user, (this.lines.get(user) ?? 0) + 1);
    this.here.came(user);
  }

  went(user: UserId): void {
    const lines = (this.lines.get(user) ?? 0) - 1;
    if (lines < 0) return;
    if (lines === 0) this.lines.delete(user);
    else this.lines.set(user, lines);
    this.here.went(user);
  }

  /** The tail ends, and its connections come back to the next one. */
  nextTail(): void {
    this.here[Symbol.dispose]();
    this.here = this.#here();
    for (const [user, lines] of this.lines) for (let n = 0; n < lines; n++) this.here.came(user);
  }

  /** What is late gets there. */
  arrives(): void {
    for (const frame of this.#late.splice(0)) this.presence.frame(frame);
  }

  nextNotify(): void {
    this.presence = this.#presence();
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000) {
      await this.env.advance(Math.min(left, 1_000));
      while (!this.presence.look());
    }
  }
}

test('[I5] what a tail that has ended had on its way mutes nobody for the next one', async () => {
  const scene = new Scene();
  await scene.pass(60);
  scene.came(userOf(1));
  scene.way = 'late';
  await scene.pass(60);
  scene.went(userOf(1));
  scene.nextTail();
  scene.way = 'through';
  // It is told from where on it counts, and before it does what was late gets there.
  await scene.pass(60);
  scene.arrives();
  await scene.pass(15_000);
  assert.deepEqual([...scene.muted.keys()], []);
});

test('[I18] what a tail that begins is told has been read counts, also before it counts itself', async () => {
  const scene = new Scene();
  await scene.pass(60);
  scene.nextTail();
  scene.here.read(userOf(1), log, 5);
  await scene.pass(15_000);
  assert.equal(scene.readAt.get(userOf(1)), 5);
});

test('[I4, I5, I18] whatever is lost and whoever begins again, both come to hold the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 50 }), async (steps) => {
      const scene = new Scene();
      const read = new Map<UserId, number>();
      for (const [n, drawn] of steps.entries()) {
        if ('user' in drawn) {
          const user = userOf(drawn.user);
          if (drawn.kind === 'came') scene.came(user);
          else if (drawn.kind === 'went') scene.went(user);
          else {
            read.set(user, n + 1);
            scene.here.read(user, log, n + 1);
          }
        } else if (drawn.kind === 'moment') await scene.pass(60);
        else if (drawn.kind === 'while') await scene.pass(5_000);
        else if (drawn.kind === 'silence') await scene.pass(presenceSilenceMs + 2_000);
        else if (drawn.kind === 'tail') {
          // What it had not said of reads is lost with it: a notification that stays until the next one.
          read.clear();
          scene.nextTail();
        } else if (drawn.kind === 'notify') scene.nextNotify();
        else if (drawn.kind === 'arrives') scene.arrives();
        else scene.way = drawn.kind;
      }
      scene.way = 'through';
      await scene.pass(presenceSilenceMs + 15_000);
      assert.deepEqual([...scene.muted.keys()].toSorted(), [...scene.lines.keys()].toSorted());
      for (const [user, at] of read) assert.ok((scene.readAt.get(user) ?? 0) >= at);
      scene.here[Symbol.dispose]();
      // A tail that is gone mutes nobody after a while.
      await scene.pass(presenceSilenceMs + 2_000);
      assert.equal(scene.muted.size, 0);
    }),
    { numRuns: Number(process.env['NEWS_RUNS'] ?? 60) },
  );
});
