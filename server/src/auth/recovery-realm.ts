/**
 * This node as a realm of PIN recoveries (SPEC P6, P7): what all its sessions share. A guess is counted, and
 * the count is durable, before anything is evaluated. For an id that nobody registered the same work is done
 * with a key of its own, so that neither the answers nor the time they take tell who is registered.
 */

import type { RecoveryApi } from 'copse/internal/api/recovery.ts';
import { equal, hex } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import {
  addressesMeteredMax,
  recoveryCardBytes,
  recoveryDecoysMax,
  recoveryEvaluationsBurst,
  recoveryEvaluationsPerSecond,
  recoveryGuessesBurst,
  recoveryGuessesPerSecond,
  recoveryTriesUsual,
} from 'copse/internal/base/limits.ts';
import { Meter } from 'copse/internal/base/meter.ts';
import { sealOverheadBytes } from 'copse/internal/crypto/aead.ts';
import { domain } from 'copse/internal/crypto/domain.ts';
import { deriveKey } from 'copse/internal/crypto/hash.ts';
import type { GuessAt } from '../store/recovery.ts';
import type { Grounds } from './grounds.ts';

const DECOY = domain('auth/recovery-decoy');
const DECOY_CARD = domain('auth/recovery-decoy-card');
const DECOY_SEED = domain('auth/recovery-decoy-seed');
const DECOY_TAG = domain('auth/recovery-decoy-tag');

type Request<Name extends keyof RecoveryApi> = Parameters<RecoveryApi[Name]>[0];
type Answer<Name extends keyof RecoveryApi> = Awaited<ReturnType<RecoveryApi[Name]>>;

export class Realm {
  readonly #grounds: Grounds;
  readonly #decoys: Uint8Array;
  readonly #all = new Meter(recoveryEvaluationsPerSecond, recoveryEvaluationsBurst);
  readonly #meterById = new Cache<string, Meter>(addressesMeteredMax);

  constructor(grounds: Grounds, nodeSeed: Uint8Array) {
    this.#grounds = grounds;
    this.#decoys = deriveKey(grounds.primitives, nodeSeed, DECOY);
  }

  async card({ id }: Request<'card'>): Promise<Answer<'card'>> {
    const decoy = this.#decoy(DECOY_CARD, id, recoveryCardBytes + sealOverheadBytes);
    const row = await this.#grounds.accounts.recoveries.find(hex(id));
    return { card: row?.card ?? decoy };
  }

  async evaluate({ id, blinded }: Request<'evaluate'>): Promise<Answer<'evaluate'>> {
    const { accounts, env } = this.#grounds;
    const { oprfEvaluate, oprfKeyOf } = await import('copse/internal/crypto/oprf.ts');
    // What is over for ever needs no patience.
    if (await accounts.recoveries.isLocked(hex(id))) return { kind: 'locked' };
    this.#meter(hex(id));
    const decoy = this.#decoy(DECOY_SEED, id, 32);
    const guessed = await accounts.recoveries.guess(this.#guess(id));
    if (guessed.kind === 'locked') return { kind: 'locked' };
    const answer = oprfEvaluate(env, oprfKeyOf(guessed.secrets?.seed ?? decoy), blinded);
    if (answer === null) throw new Fault('malformed', 'no element of ristretto255');
    return { kind: 'ok', ...answer, triesLeft: guessed.triesLeft };
  }

  async unlock({ id, tag }: Request<'unlock'>): Promise<Answer<'unlock'>> {
    const { accounts, env } = this.#grounds;
    const decoy = this.#decoy(DECOY_TAG, id, 32);
    const row = await accounts.recoveries.find(hex(id));
    const secrets = row?.secrets ?? null;
    if (equal(tag, secrets?.tag ?? decoy) && secrets !== null) {
      await accounts.recoveries.recovered(hex(id), env.wallMs());
      env.log('info', 'auth.recovered', { id: hex(id) });
      return { kind: 'ok', share: secrets.share };
    }
    const refused = await accounts.recoveries.refuse(this.#guess(id));
    return refused.kind === 'locked' ? refused : { kind: 'wrong', triesLeft: refused.triesLeft };
  }

  #guess(id: Uint8Array): GuessAt {
    return {
      id: hex(id),
      atMs: this.#grounds.env.wallMs(),
      decoyTriesMax: recoveryTriesUsual,
      decoysMax: recoveryDecoysMax,
    };
  }

  /** By id first: who floods one id is not to stop the others. */
  #meter(id: string): void {
    const nowMs = this.#grounds.env.nowMs();
    let meter = this.#meterById.get(id);
    if (meter === undefined) {
      meter = new Meter(recoveryGuessesPerSecond, recoveryGuessesBurst);
      this.#meterById.set(id, meter);
    }
    const waitMs = meter.take(nowMs) || this.#all.take(nowMs);
    if (waitMs > 0) throw new Fault('tooMany', `guesses: again in ${Math.ceil(waitMs)} ms`);
  }

  #decoy(within: typeof DECOY, id: Uint8Array, size: number): Uint8Array {
    return deriveKey(this.#grounds.primitives, this.#decoys, within, id, size);
  }
}
