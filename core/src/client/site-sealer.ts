/**
 * Handing one key of a site to its members: their rows page by page, an envelope for each whom the root of the
 * site vouches for (SPEC K4), and the parts on their way to the node while the next ones are sealed. The
 * application beside it does not notice: the thread is given up every few milliseconds.
 */

import { pause, type Env } from '../base/env.ts';
import { asFault, Fault } from '../base/fault.ts';
import type { SiteId, UserId } from '../base/ids.ts';
import { keySetPartMax } from '../base/limits.ts';
import type { KeysRemote, RosterRow, SiteEnvelopeRow } from '../api/keys.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { RosterChecks } from './roster-checks.ts';
import { sealEnvelope } from './site-envelope.ts';
import type { SiteSecrets } from './site-keys.ts';

export interface SealingParts {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly keys: KeysRemote;
  /** What is known of members from before. */
  readonly checks: RosterChecks;
  /** Lets others have the thread; throws when the work is to stop. */
  breathe(): Promise<void>;
}

/** Sealed at once: what WebCrypto does, it does on other threads. */
const SEALED_TOGETHER = 32;
const ASKED_MAX = 20;
const AGAIN_MS = 500;
/** The thread is kept no longer than this, which is half a frame of a display. */
const HELD_MS = 8;

/** Rows of all members, or of those who lack the newest key, in parts; the next page comes meanwhile. */
export async function eachMember(
  parts: SealingParts,
  site: SiteId,
  want: { readonly missing: boolean; readonly after: UserId | null },
  take: (rows: readonly RosterRow[]) => Promise<void>,
): Promise<void> {
  const ask = (after: UserId | null) => {
    const page = patiently(parts.env, () => parts.keys.roster({ site, missing: want.missing, after }));
    // It is awaited below, unless what is done with the page before fails first.
    page.catch(() => {});
    return page;
  };
  for (let asked = ask(want.after); ;) {
    const { members, more } = await asked;
    const rows = members.map(copied);
    const last = rows.at(-1);
    const next = more && last !== undefined ? ask(last.user) : null;
    for (let i = 0; i < rows.length; i += keySetPartMax) await take(rows.slice(i, i + keySetPartMax));
    if (next === null) return;
    await parts.breathe();
    asked = next;
  }
}

/**
 * A node takes so many calls a second of one device: a set of 100,000 members is more. It is asked again when it
 * has had the time for one more, within what a lease lasts.
 */
export async function patiently<T>(env: Env, ask: () => Promise<T>): Promise<T> {
  for (let i = 1; ; i++) {
    try {
      return await ask();
    } catch (thrown) {
      if (asFault(thrown).code !== 'tooMany' || i === ASKED_MAX) throw thrown;
      await pause(env, AGAIN_MS);
    }
  }
}

/** The fields of an answer are views into its message. */
function copied({ user, key, statement, proof }: RosterRow): RosterRow {
  return { user, key: key.slice(), statement: statement.slice(), proof: proof.map((each) => each.slice()) };
}

/** Sends one after the other, without waiting for the last one. */
export class InTurn<T> {
  readonly #send: (of: T) => Promise<void>;
  #sending: Promise<void> = Promise.resolve();

  constructor(send: (of: T) => Promise<void>) {
    this.#send = send;
  }

  /** Throws what those before have thrown. */
  async add(of: T): Promise<void> {
    await this.#sending;
    this.#sending = this.#send(of);
    // Whoever adds or ends next hears of it.
    this.#sending.catch(() => {});
  }

  end(): Promise<void> {
    return this.#sending;
  }
}

export interface SealedSite {
  readonly site: SiteId;
  readonly root: Uint8Array;
}

/** Seals one key to members, after looking at what vouches for each. */
export class Sealer {
  readonly refused: UserId[] = [];
  readonly #parts: SealingParts;
  readonly #of: SealedSite;
  readonly #secrets: SiteSecrets;
  #heldMs: number;

  constructor(parts: SealingParts, of: SealedSite, secrets: SiteSecrets) {
    this.#parts = parts;
    this.#of = of;
    this.#secrets = secrets;
    this.#heldMs = parts.env.nowMs();
  }

  async seal(rows: readonly RosterRow[]): Promise<readonly SiteEnvelopeRow[]> {
    const envelopes: SiteEnvelopeRow[] = [];
    for (let i = 0; i < rows.length; i += SEALED_TOGETHER) {
      const some = rows.slice(i, i + SEALED_TOGETHER);
      const sealed = await Promise.all(some.map((row) => this.#one(row)));
      for (const [at, { user }] of some.entries()) envelopes.push(sealed[at] ?? this.#refuse(user));
      await this.#breathe();
    }
    return envelopes;
  }

  async #breathe(): Promise<void> {
    const { env } = this.#parts;
    if (env.nowMs() - this.#heldMs < HELD_MS) return;
    await this.#parts.breathe();
    this.#heldMs = env.nowMs();
  }

  /** An empty envelope says that she was not forgotten. */
  #refuse(user: UserId): SiteEnvelopeRow {
    this.refused.push(user);
    this.#parts.env.log('warn', 'site.rotate.refused', { site: this.#of.site, user });
    return { user, generation: 1, envelope: new Uint8Array(0) };
  }

  async #one(row: RosterRow): Promise<SiteEnvelopeRow | null> {
    const { primitives, env, checks } = this.#parts;
    const { site, root } = this.#of;
    const member = await checks.member({ site, root, atMs: env.wallMs() }, row);
    if (member === null) return null;
    const { generation, publicKey } = member;
    const to = { site, publicKey, generation };
    const envelope = await sealEnvelope(primitives, env, to, this.#secrets).catch(ofFault);
    return envelope && { user: row.user, generation, envelope };
  }
}

/** A key to which nothing can be sealed is a reason to refuse that row, and no other. */
function ofFault(thrown: unknown): null {
  if (thrown instanceof Fault) return null;
  throw thrown;
}
