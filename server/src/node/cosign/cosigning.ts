/**
 * The node as a witness of its peers' logs (SPEC M16): looks at each of them in turn, one at a time, for as long as
 * the node runs. It never waits for them, and they never for it.
 */

import { base64url, equal } from 'copse/internal/base/bytes.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { writeKey } from 'copse/internal/transparency/note.ts';
import { WitnessStore, type Look } from '../../store/witness.ts';
import type { Figure } from '../metrics.ts';
import { httpSource, keyAt } from './log-source.ts';
import type { Peer } from './peers.ts';
import { bringTo, witness, type Cosigner, type Looked, type Witness } from './witness.ts';

export interface CosigningOptions {
  readonly peers: readonly Peer[];
  readonly everyMs: number;
  /** The file of its memory. */
  readonly path: string;
  /** The key of this node, which is no peer of itself. */
  readonly node: Key;
  readonly env: Env;
  readonly primitives: Primitives;
}

/** Rounds come a tenth earlier or later, so that witnesses do not knock all at once. */
const JITTER = 0.1;

export class Cosigning implements AsyncDisposable {
  readonly #options: CosigningOptions;
  readonly #store: WitnessStore;
  readonly #cosigner: Cosigner;
  readonly #ending = new AbortController();
  #timer: Timer | null = null;
  #round: Promise<void> = Promise.resolve();
  #signed = 0;
  #failed = 0;

  private constructor(options: CosigningOptions, store: WitnessStore, cosigner: Cosigner) {
    this.#options = options;
    this.#store = store;
    this.#cosigner = cosigner;
  }

  /** Looks for the first time at once. */
  static async open(options: CosigningOptions): Promise<Cosigning> {
    const store = WitnessStore.open(options.path);
    try {
      const cosigning = new Cosigning(options, store, await cosignerIn(store, options));
      cosigning.#forgetOthers();
      const { env, primitives, peers } = options;
      const cosigner = writeKey(primitives, cosigning.#cosigner.by);
      env.log('info', 'cosign.watching', { peers: peers.map(({ url }) => url).join(' '), cosigner });
      cosigning.#begin();
      return cosigning;
    } catch (thrown) {
      store[Symbol.dispose]();
      throw thrown;
    }
  }

  figures(): readonly Figure[] {
    const looks = this.#looks();
    const nowS = Math.floor(this.#options.env.wallMs() / 1000);
    const signed = looks.map((look) => look?.signedS ?? null);
    const ages = signed.filter((atS) => atS !== null).map((atS) => Math.max(0, nowS - atS));
    const count = (name: string, value: number, unit = ''): Figure => ({ name, unit, value: String(value) });
    return [
      count('cosignPeers', looks.length),
      count('cosignFailing', looks.filter((look) => look === null || look.failedS !== null).length),
      count('cosignForks', looks.filter((look) => (look?.fork ?? null) !== null).length),
      count('cosignNever', signed.filter((atS) => atS === null).length),
      count('cosignOldest', Math.max(0, ...ages), 's'),
      count('cosignSignedTotal', this.#signed),
      count('cosignFailedTotal', this.#failed),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.cancel();
    this.#ending.abort();
    await this.#round;
    this.#store[Symbol.dispose]();
  }

  #looks(): readonly (Look | null)[] {
    const lookByUrl = new Map(this.#store.looks().map((look) => [look.url, look]));
    return this.#options.peers.map(({ url }) => lookByUrl.get(url) ?? null);
  }

  /** What went wrong with a node that is watched no more is nobody's alarm; what was signed of it stays known. */
  #forgetOthers(): void {
    const { peers } = this.#options;
    for (const { url } of this.#store.looks()) {
      if (!peers.some((peer) => peer.url === url)) this.#store.forgetLook(url);
    }
  }

  #begin(): void {
    this.#round = this.#goRound();
  }

  async #goRound(): Promise<void> {
    const { env, everyMs } = this.#options;
    try {
      await this.#lookAtAll();
    } catch (thrown) {
      // The memory cannot be written, so nothing was signed; the disk may have room at the next look.
      env.log('error', 'cosign.forgetful', { why: asFault(thrown).message });
    }
    if (this.#ending.signal.aborted) return;
    const delayMs = everyMs * (1 - JITTER + 2 * JITTER * env.chance());
    this.#timer = env.after(delayMs, () => this.#begin());
  }

  async #lookAtAll(): Promise<void> {
    for (const peer of this.#options.peers) {
      if (this.#ending.signal.aborted) return;
      const before = this.#store.look(peer.url) ?? unseen(peer.url);
      // Evidence stands until a person has looked at it.
      if (before.fork === null) this.#store.putLook(await this.#lookAt(peer, before));
    }
  }

  async #lookAt(peer: Peer, before: Look): Promise<Look> {
    const { env } = this.#options;
    const nowS = (): number => Math.floor(env.wallMs() / 1000);
    let { node } = before;
    try {
      node = await this.#keyOf(peer, before);
      const looked = await this.#witness(peer.url, node);
      if (looked.kind === 'fork') return this.#forked({ ...before, node }, looked, nowS());
      this.#signed++;
      const { size, timeS } = looked;
      env.log('debug', 'cosign.signed', { url: peer.url, size });
      return { ...before, node, signedS: timeS, size, failedS: null, failure: null };
    } catch (thrown) {
      if (this.#ending.signal.aborted) return before;
      this.#failed++;
      const { message } = asFault(thrown);
      // Said once, not at every look, for as long as it is the same.
      if (message !== before.failure) env.log('warn', 'cosign.failed', { url: peer.url, why: message });
      return { ...before, node, failedS: before.failedS ?? nowS(), failure: message };
    }
  }

  #forked(before: Look, { why, shown }: Looked & { kind: 'fork' }, nowS: number): Look {
    this.#failed++;
    this.#options.env.log('error', 'cosign.fork', { url: before.url, why });
    return { ...before, failedS: before.failedS ?? nowS, failure: `Not signed: ${why}.`, fork: shown };
  }

  /** The key that the address had first, or that the operator has named: another one is another log. */
  async #keyOf({ url, node }: Peer, before: Look): Promise<Key> {
    const { env } = this.#options;
    const known = node ?? before.node;
    const shown = await keyAt(url, env, this.#ending.signal);
    if (equal(shown, this.#options.node)) throw new Fault('config', `${url} is this node itself.`);
    if (known === null || equal(known, shown)) return shown;
    throw new Fault('wrongPeer', `${url} has the key ${base64url(shown)}, not ${base64url(known)}.`);
  }

  #witness(url: string, node: Key): Promise<Looked> {
    const { env, primitives } = this.#options;
    const by: Witness = {
      env,
      primitives,
      cosigner: this.#cosigner,
      memory: {
        note: async (of) => this.#store.note(of),
        keep: async (of, note) => this.#store.putNote(of, note),
      },
    };
    const source = httpSource(url, env, this.#ending.signal);
    const bring = bringTo({ env, primitives, url, node, by: this.#cosigner.by });
    return witness(by, { url, node, source, bring: (note) => unlessEnded(bring(note), this.#ending.signal) });
  }
}

function unseen(url: string): Look {
  return { url, node: null, signedS: null, size: null, failedS: null, failure: null, fork: null };
}

/** Named after the node, and with a key of its own: the node's key states only what is the node's. */
async function cosignerIn(store: WitnessStore, options: CosigningOptions): Promise<Cosigner> {
  const { env, primitives, node } = options;
  const seed = store.seed() ?? env.random(32);
  if (store.seed() === null) store.putSeed(seed);
  return { seed, by: await cosignerOf(primitives, node, seed) };
}

export async function cosignerOf(
  primitives: Primitives,
  node: Key,
  seed: Uint8Array,
): Promise<Cosigner['by']> {
  const publicKey = key(await primitives.ed25519PublicKey(seed));
  return { name: `copse.witness/${base64url(node)}`, kind: 'cosignature', key: publicKey };
}

/** A call that nobody waits for any more ends by its own deadline. */
function unlessEnded(call: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Fault('draining')), { once: true });
    call.then(resolve, reject);
  });
}
