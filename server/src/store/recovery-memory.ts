/** Recoveries in memory (interface and promises: `recovery.ts`, but nothing survives the process). */

import type { UserId } from 'copse/internal/base/ids.ts';
import {
  nextTry,
  type GrantRecord,
  type GuessAt,
  type Guessed,
  type NewRecovery,
  type Recoveries,
  type RecoveryRecord,
  type Refused,
  type Registered,
} from './recovery.ts';

interface Kept extends RecoveryRecord {
  readonly user: UserId | null;
}

interface Decoy {
  readonly tries: number;
  readonly locked: boolean;
}

export class MemoryRecoveries implements Recoveries {
  readonly #byId = new Map<string, Kept>();
  readonly #decoyById = new Map<string, Decoy>();
  readonly #grantByKey = new Map<string, GrantRecord>();

  async find(id: string): Promise<RecoveryRecord | null> {
    return this.#byId.get(id) ?? null;
  }

  async register(recovery: NewRecovery): Promise<Registered> {
    const { id, owner, by, atMs, madeMs, triesMax } = recovery;
    const known = this.#byId.get(id);
    if (known !== undefined && known.owner !== owner) return 'taken';
    if (known !== undefined && known.madeMs > madeMs) return 'stale';
    const admitted = known === undefined ? this.#admit(recovery) : 'ok';
    if (admitted !== 'ok') return admitted;
    if (known === undefined && by.kind === 'grant') {
      const grant = this.#grantByKey.get(by.key);
      if (grant !== undefined) this.#grantByKey.set(by.key, { ...grant, usedMs: atMs });
    }
    const { seed, tag, share } = recovery.secrets;
    this.#byId.set(id, {
      id,
      owner,
      card: recovery.card.slice(),
      secrets: { seed: seed.slice(), tag: tag.slice(), share: share.slice() },
      madeMs,
      triesMax,
      tries: 0,
      askedMs: null,
      recoveredMs: null,
      user: known === undefined ? this.#voucher(recovery) : known.user,
    });
    this.#decoyById.delete(id);
    return 'ok';
  }

  #admit({ by, atMs, perUserMax }: NewRecovery): Registered {
    if (by.kind === 'owner') return 'forbidden';
    if (by.kind === 'user') {
      const count = [...this.#byId.values()].filter(({ user }) => user === by.user).length;
      return count >= perUserMax ? 'full' : 'ok';
    }
    const grant = this.#grantByKey.get(by.key);
    if (grant === undefined) return 'forbidden';
    if (grant.usedMs !== null) return 'used';
    return atMs >= grant.expiresMs ? 'expired' : 'ok';
  }

  #voucher({ by }: NewRecovery): UserId | null {
    return by.kind === 'user' ? by.user : null;
  }

  async isLocked(id: string): Promise<boolean> {
    const row = this.#byId.get(id);
    return row === undefined ? this.#decoyById.get(id)?.locked === true : row.secrets === null;
  }

  async guess({ id, atMs, decoyTriesMax, decoysMax }: GuessAt): Promise<Guessed> {
    const row = this.#byId.get(id);
    if (row === undefined) return this.#guessDecoy(id, decoyTriesMax, decoysMax);
    if (row.secrets === null) return { kind: 'locked' };
    const next = nextTry(row.tries, row.triesMax);
    if (next === 'locked') {
      this.#byId.set(id, { ...row, secrets: null, askedMs: atMs });
      return { kind: 'locked' };
    }
    this.#byId.set(id, { ...row, tries: next.tries, askedMs: atMs });
    return { kind: 'open', triesLeft: row.triesMax - next.tries, secrets: row.secrets };
  }

  #guessDecoy(id: string, triesMax: number, decoysMax: number): Guessed {
    const decoy = this.#decoyById.get(id) ?? { tries: 0, locked: false };
    const next = decoy.locked ? 'locked' : nextTry(decoy.tries, triesMax);
    this.#decoyById.delete(id);
    this.#decoyById.set(id, next === 'locked' ? { ...decoy, locked: true } : { ...next, locked: false });
    for (const oldest of this.#decoyById.keys()) {
      if (this.#decoyById.size <= decoysMax) break;
      this.#decoyById.delete(oldest);
    }
    if (next === 'locked') return { kind: 'locked' };
    return { kind: 'open', triesLeft: triesMax - next.tries, secrets: null };
  }

  async refuse({ id, decoyTriesMax }: GuessAt): Promise<Refused> {
    const row = this.#byId.get(id);
    if (row === undefined) {
      const { tries, locked } = this.#decoyById.get(id) ?? { tries: 0, locked: false };
      if (!locked && tries < decoyTriesMax) return { kind: 'open', triesLeft: decoyTriesMax - tries };
      this.#decoyById.set(id, { tries, locked: true });
      return { kind: 'locked' };
    }
    if (row.secrets !== null && row.tries < row.triesMax) {
      return { kind: 'open', triesLeft: row.triesMax - row.tries };
    }
    this.#byId.set(id, { ...row, secrets: null });
    return { kind: 'locked' };
  }

  async recovered(id: string, atMs: number): Promise<void> {
    const row = this.#byId.get(id);
    if (row !== undefined) this.#byId.set(id, { ...row, tries: 0, recoveredMs: atMs });
  }

  async remove(id: string, owner: string): Promise<boolean> {
    return this.#byId.get(id)?.owner === owner && this.#byId.delete(id);
  }

  async grant(grant: Parameters<Recoveries['grant']>[0]): Promise<'ok' | 'taken' | 'full'> {
    const { key, by, expiresMs, atMs, openMax } = grant;
    const known = this.#grantByKey.get(key);
    if (known !== undefined) return known.by === by ? 'ok' : 'taken';
    const open = [...this.#grantByKey.values()].filter(
      (row) => row.by === by && row.usedMs === null && row.expiresMs > atMs,
    );
    if (open.length >= openMax) return 'full';
    this.#grantByKey.set(key, { key, by, expiresMs, usedMs: null });
    return 'ok';
  }

  async grants(by: UserId, countMax: number): Promise<readonly GrantRecord[]> {
    const rows = [...this.#grantByKey.values()].filter((row) => row.by === by);
    return rows.toReversed().slice(0, countMax);
  }
}
