/** Runs inside a page: a tab that shares the messages of its browser, as an application would have it. */

import { peerApi, type Interest, type PeerRemote } from 'copse/internal/api/peer.ts';
import { must } from 'copse/internal/base/assert.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import { key } from 'copse/internal/base/ids.ts';
import { forgetHome } from 'copse/internal/browser/peer/forget.ts';
import { PeerTab } from 'copse/internal/browser/peer/tab.ts';
import { homeLock } from 'copse/internal/browser/peer/words.ts';
import { browserPrimitives } from 'copse/internal/browser/primitives.ts';
import { signKeyOf, type SignKey } from 'copse/internal/client/identity.ts';
import { blessFor } from 'copse/internal/client/neighbourhood/line.ts';
import { dial } from 'copse/internal/link/remote.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { readMessage, signMessage } from 'copse/internal/social/message/message.ts';

export interface TabTerms {
  readonly name: string;
  readonly seed: readonly number[];
  /** Path of the worker. */
  readonly worker: string;
  readonly node: { readonly url: string; readonly key: readonly number[] } | null;
}

export interface PageTab {
  /** The worker is in this tab: what it said of its storage. */
  ready(): { readonly isKept: boolean; readonly isNew: boolean } | null;
  /** How many lines this tab has had. */
  lines(): number;
  post(text: string): Promise<string>;
  fill(count: number): Promise<number>;
  texts(rows: number): Promise<readonly string[]>;
  search(words: string): Promise<readonly string[]>;
  epoch(): Promise<string>;
  failed(): string | null;
}

const BATCH = 200;

export async function openTab({ name, seed, node, worker }: TabTerms): Promise<PageTab> {
  const env = realEnv();
  const primitives = browserPrimitives();
  const user = await signKeyOf(primitives, Uint8Array.from(seed));
  const at = node === null ? null : { url: node.url, key: key(Uint8Array.from(node.key)) };
  let remote: PeerRemote | null = null;
  let lines = 0;
  let state: { readonly isKept: boolean; readonly isNew: boolean } | null = null;
  let failed: string | null = null;
  const waiting: ((remote: PeerRemote) => void)[] = [];
  const tab = new PeerTab({
    env,
    start: { name, user: user.publicKey, node: at, bytesMax: 1 << 30, mustKeep: false },
    spawn: () => new Worker(worker, { type: 'module' }),
    bless: (device) => blessFor({ env, primitives, node: must(at, 'a node').key }, user, device),
    onLine(link) {
      lines += 1;
      remote = dial(peerApi, link, { messages: () => {}, caughtUp: () => {} }, env).remote;
      for (const resolve of waiting.splice(0)) resolve(remote);
    },
    onReady: (ready) => {
      state = ready;
    },
    onFailed: (fault) => {
      failed = String(fault);
    },
  });
  addEventListener('pagehide', () => tab[Symbol.dispose]());
  const peer = (): Promise<PeerRemote> =>
    remote === null ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(remote);
  return {
    ready: () => state,
    failed: () => failed,
    lines: () => lines,
    ...actsOf(peer, user),
  };
}

/** A tab that has the messages and hears nothing, as one that its browser has put to sleep. */
export function sleepOn(name: string): Promise<void> {
  return new Promise((resolve) => {
    void navigator.locks.request(homeLock(name), () => {
      resolve();
      return new Promise(() => {});
    });
  });
}

/** What becomes of taking the messages away, on a clock that does not let anybody wait. */
export async function forgetSoon(name: string): Promise<string> {
  const env = { ...realEnv(), after: (_delayMs: number, task: () => void) => realEnv().after(0, task) };
  try {
    await forgetHome(env, name);
    return 'gone';
  } catch (thrown) {
    return asFault(thrown).code;
  }
}

function actsOf(
  peer: () => Promise<PeerRemote>,
  user: SignKey,
): Pick<PageTab, 'post' | 'fill' | 'texts' | 'search' | 'epoch'> {
  const env = realEnv();
  const primitives = browserPrimitives();
  const mine: Interest = { relation: 'posts', key: user.publicKey.slice(0, 16) };
  const signed = (text: string, timeMs = env.wallMs()): Promise<{ readonly bytes: Uint8Array }> =>
    signMessage(primitives, user.seed, { kind: KIND.post, timeMs, text });
  return {
    async post(text) {
      const messages = [(await signed(text)).bytes];
      try {
        const { answers } = await (await peer()).publish({ messages });
        return answers[0]?.kind ?? 'nothing';
      } catch (thrown) {
        // The list of what goes out may be the first that finds no room: then nothing is answered for one message.
        if (asFault(thrown).code !== 'full') throw thrown;
        return 'refused';
      }
    },
    async fill(count) {
      const beganMs = env.nowMs();
      for (let n = 0; n < count; n += BATCH) {
        const some = Array.from({ length: BATCH }, (_, i) =>
          signed(`number ${n + i} ${'x'.repeat(180)}`, 1_000_000 + n + i),
        );
        await (await peer()).publish({ messages: (await Promise.all(some)).map(({ bytes }) => bytes) });
      }
      return env.nowMs() - beganMs;
    },
    async texts(rows) {
      const page = await (await peer()).page({ of: [mine], before: null, rows });
      return page.rows.map(({ message }) => readMessage(primitives, message).text);
    },
    async search(words) {
      const found = await (await peer()).search({ words, before: null, rows: 9 });
      return found.rows.map(({ message }) => readMessage(primitives, message).text);
    },
    async epoch() {
      return (await (await peer()).hello({})).epoch.join();
    },
  };
}
