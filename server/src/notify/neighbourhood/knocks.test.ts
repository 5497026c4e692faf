import assert from 'node:assert/strict';
import { test } from 'node:test';
import { equal, NO_BYTES } from 'copse/internal/base/bytes.ts';
import { key, userId, type Key } from 'copse/internal/base/ids.ts';
import { knockNewsMs } from 'copse/internal/base/limits-notify.ts';
import { neighbourhoodOf } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import { Clock } from '../../../../lab/suites/auth-stage.ts';
import { turns } from '../../../../lab/suites/peer-stage.ts';
import { Knocks } from './knocks.ts';
import { deskOf, sourceWith } from './testing/desk.ts';

const [ada, bea] = [userId('aa'.repeat(8)), userId('bb'.repeat(8))];
const [adas, nodes] = [key(new Uint8Array(32).fill(1)), key(new Uint8Array(32).fill(9))];

/** Both act for the node, and strangers knock at one of them or at it. */
class Scene {
  readonly clock = new Clock();
  readonly #rows: { readonly seq: number; readonly recipient: Key }[] = [];
  #said: string[] = [];
  knocks = this.#open(0);

  async knock(recipient: Key): Promise<readonly string[]> {
    this.#rows.push({ seq: this.#rows.length + 1, recipient });
    this.knocks.look();
    return this.said();
  }

  async later(ms: number): Promise<readonly string[]> {
    this.clock.advance(ms);
    return this.said();
  }

  restart(): Promise<readonly string[]> {
    const { kept } = this.knocks;
    this.knocks[Symbol.dispose]();
    this.knocks = this.#open(kept);
    this.knocks.look();
    return this.said();
  }

  /** To whom something was said since the last time. */
  async said(): Promise<readonly string[]> {
    await turns();
    const said = this.#said;
    this.#said = [];
    return said;
  }

  #open(kept: number): Knocks {
    const strangers = {
      knows: () => false,
      last: () => this.#rows.length,
      after: (seq: number) =>
        this.#rows.filter((row) => row.seq > seq).map((row) => ({ ...row, body: NO_BYTES })),
    };
    const answering = async (to: Key) => (equal(to, nodes) ? [ada, bea] : [ada]);
    const source = sourceWith({ env: this.clock, strangers, answering });
    const desk = deskOf(({ site }) => void this.#said.push(site === neighbourhoodOf(ada) ? 'ada' : 'bea'));
    const knocks = new Knocks(source, desk, { base: () => 0, moved: () => {} });
    knocks.begin(kept);
    return knocks;
  }
}

test('[I28] who knocks at somebody is news to her, who knocks at the node to its admins', async () => {
  const scene = new Scene();
  assert.deepEqual(await scene.knock(adas), ['ada']);
  assert.deepEqual(await scene.knock(nodes), ['bea'], 'and to Ada a day later');
  assert.deepEqual(await scene.later(knockNewsMs - 1), []);
  assert.deepEqual(await scene.later(1), ['ada']);
});

test('[I28] it is said at most once a day, however many come, and who waits for that day is told of by the next start', async () => {
  const scene = new Scene();
  assert.deepEqual(await scene.knock(adas), ['ada']);
  for (let n = 0; n < 5; n++) assert.deepEqual(await scene.knock(adas), []);
  assert.deepEqual(await scene.restart(), ['ada']);
  assert.deepEqual(await scene.restart(), [], 'once');
});
