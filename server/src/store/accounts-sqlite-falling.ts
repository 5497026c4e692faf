/**
 * What a revocation still has to clean up (SPEC R5). The revoked attestation is marked in the commit that
 * the caller waits for, and from then on nothing that stands on it counts: whoever reads the closure
 * leaves out rows that stand on one of the marked. The rows themselves go in slices of a few milliseconds
 * with other requests between them; a restart goes on where it was.
 */

import type { StandingId } from 'copse/internal/base/ids.ts';
import type { Write } from './accounts-sqlite-changes.ts';
import { standingOf, standsOf } from './accounts-sqlite-grants-rows.ts';
import type { Recall } from './accounts-sqlite-recall.ts';
import type { Database } from './sqlite.ts';

const BATCH = `
  SELECT attestation FROM fall WHERE cause = ? AND round = ? AND spreads = ? AND attestation <= ?`;
const CAUSES = 'SELECT DISTINCT f.cause, a.hash FROM fall f JOIN attestation a ON a.id = f.cause';
const SPREADS = `
  (a.group_id IS NOT NULL OR EXISTS (SELECT 1 FROM attestation g WHERE g.group_id = a.site))`;
const BEGIN = `
  INSERT INTO fall (cause, round, spreads, attestation, at_ms)
  SELECT a.id, 0, ${SPREADS}, a.id, ? FROM attestation a WHERE a.id = ?`;
const NEXT = 'SELECT round, spreads, at_ms FROM fall WHERE cause = ? ORDER BY round, spreads LIMIT 1';
const BOUND = `
  SELECT max(attestation) AS bound FROM (
    SELECT attestation FROM fall WHERE cause = ? AND round = ? AND spreads = ? ORDER BY attestation LIMIT ?)`;
const END = `UPDATE attestation SET ended_ms = ? WHERE ended_ms IS NULL AND id IN (${BATCH})`;
/** Deepest first is not needed: what hangs on a row goes with it in one statement. */
const DROP = `
  DELETE FROM held WHERE id IN (
    WITH RECURSIVE down (id) AS (
      SELECT id FROM held WHERE via IN (${BATCH})
      UNION SELECT h.id FROM held h JOIN down d ON h.through = d.id
    ) SELECT id FROM down)`;
const DROP_PLAIN = `DELETE FROM held WHERE via IN (${BATCH})`;
/** The plus: found by the attestation, of which there are few, not by the site, which may have many members. */
const COUNT_LEFT = `
  UPDATE site SET members = members - (
    SELECT count(*) FROM member m WHERE +m.site = site.id AND m.left_ms IS NULL AND m.attestation IN (${BATCH})
      AND NOT EXISTS (SELECT 1 FROM held h WHERE h.site = m.site AND h.user = m.user))
  WHERE id IN (SELECT DISTINCT m.site FROM member m WHERE m.left_ms IS NULL AND m.attestation IN (${BATCH}))`;
const LEAVE = `
  UPDATE member SET left_ms = ? WHERE left_ms IS NULL AND attestation IN (${BATCH})
    AND NOT EXISTS (SELECT 1 FROM held h WHERE h.site = member.site AND h.user = member.user)`;
/** A member who holds something by another path stays one by that. */
const MOVE = `
  UPDATE member SET attestation = (
    SELECT h.via FROM held h WHERE h.site = member.site AND h.user = member.user
    ORDER BY h.through IS NOT NULL, h.resource, h.id LIMIT 1)
  WHERE left_ms IS NULL AND attestation IN (${BATCH})`;
const WITHDRAW = `
  UPDATE invitation SET withdrawn_ms = ?
  WHERE joined_ms IS NULL AND withdrawn_ms IS NULL AND attestation IN (${BATCH})`;
const CHILDREN = `
  INSERT INTO fall (cause, round, spreads, attestation, at_ms)
  SELECT ?, ?, ${SPREADS}, a.id, ? FROM attestation a WHERE a.ended_ms IS NULL AND a.above IN (${BATCH})
  ON CONFLICT DO NOTHING`;
const LEANING = `
  INSERT INTO fall (cause, round, spreads, attestation, at_ms)
  SELECT ?, ?, ${SPREADS}, a.id, ? FROM leaning l JOIN attestation a ON a.id = l.id
  WHERE a.ended_ms IS NULL AND l.on_id IN (${BATCH})
  ON CONFLICT DO NOTHING`;
const DONE = 'DELETE FROM fall WHERE cause = ? AND round = ? AND spreads = ? AND attestation <= ?';

/** How long a slice takes, about: as many attestations as fit. One alone when groups may hang on it. */
const SLICE_MS = 1.5;
const SLICE_MIN = 64;
const SLICE_MAX = 512;

interface Step {
  readonly round: number;
  readonly spreads: number;
  readonly at_ms: number;
}

export interface FallingOptions {
  readonly write: Write;
  readonly schedule: (task: () => void) => void;
  readonly recall: Recall;
  /** A monotonic clock. */
  readonly nowMs: () => number;
}

export class Falling {
  readonly #write: Write;
  readonly #schedule: (task: () => void) => void;
  readonly #recall: Recall;
  readonly #nowMs: () => number;
  /** Attestations of the next slice. */
  #sliceCount = 2 * SLICE_MIN;
  readonly #statements;
  /** Revoked attestations whose rows are not all gone, by their numbers. */
  readonly #causes = new Map<number, StandingId>();
  #working: Promise<void> | null = null;
  #closed = false;

  constructor(database: Database, options: FallingOptions) {
    this.#write = options.write;
    this.#schedule = options.schedule;
    this.#recall = options.recall;
    this.#nowMs = options.nowMs;
    const of = <Row>(sql: string) => database.prepare<Row>(sql);
    this.#statements = {
      begin: of(BEGIN),
      next: of<Step>(NEXT),
      bound: of<{ readonly bound: number | null }>(BOUND),
      end: of(END),
      drop: of(DROP),
      dropPlain: of(DROP_PLAIN),
      countLeft: of(COUNT_LEFT),
      leave: of(LEAVE),
      move: of(MOVE),
      withdraw: of(WITHDRAW),
      children: of(CHILDREN),
      leaning: of(LEANING),
      done: of(DONE),
    };
    const causes = of<{ readonly cause: number; readonly hash: string }>(CAUSES);
    for (const { cause, hash } of causes.all()) this.#causes.set(cause, standingOf(hash));
    if (this.#causes.size > 0) this.work();
  }

  /** Whether no row is left that has fallen. */
  get isSettled(): boolean {
    return this.#causes.size === 0;
  }

  /** Whether rows that stand on these have fallen, though they may still be there. */
  has(stands: Uint8Array): boolean {
    if (this.isSettled) return false;
    const fallen = new Set(this.#causes.values());
    return standsOf(stands).some((id) => fallen.has(id));
  }

  /** Marks an attestation; part of the caller's transaction. */
  begin(attestation: number, hash: string, atMs: number): void {
    this.#statements.begin.run(atMs, attestation);
    // At once: should the commit fail, an attestation that was to go is believed a little later again.
    this.#causes.set(attestation, standingOf(hash));
  }

  /** The commit of a revocation failed: it was none. */
  undo(attestation: number): void {
    if (this.#statements.next.get(attestation) === null) this.#causes.delete(attestation);
  }

  work(): void {
    this.#working ??= this.#run().finally(() => {
      this.#working = null;
    });
  }

  async settled(): Promise<void> {
    while (this.#working !== null) await this.#working;
  }

  /** What is left stays for the next start. */
  close(): void {
    this.#closed = true;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      const cause = this.#causes.keys().next();
      if (cause.done === true) return;
      try {
        const isDone = await this.#write(() => this.#slice(cause.value));
        if (isDone) this.#causes.delete(cause.value);
      } catch {
        // A full disk or a closed store: nothing counts that should not, and the next start goes on.
        return;
      }
      await new Promise<void>((resolve) => this.#schedule(resolve));
    }
  }

  #slice(cause: number): boolean {
    const of = this.#statements;
    const step = of.next.get(cause);
    if (step === null) return true;
    const { round, spreads, at_ms: atMs } = step;
    const beganMs = this.#nowMs();
    const countMax = spreads === 1 ? 1 : this.#sliceCount;
    const bound = of.bound.get(cause, round, spreads, countMax)?.bound ?? 0;
    const batch = [cause, round, spreads, bound] as const;
    of.end.run(atMs, ...batch);
    if (spreads === 1) of.drop.run(...batch);
    else of.dropPlain.run(...batch);
    this.#recall.dropped();
    of.countLeft.run(...batch, ...batch);
    of.leave.run(atMs, ...batch);
    of.move.run(...batch);
    of.withdraw.run(atMs, ...batch);
    of.children.run(cause, round + 1, atMs, ...batch);
    of.leaning.run(cause, round + 1, atMs, ...batch);
    of.done.run(...batch);
    if (spreads !== 1) this.#fit(this.#nowMs() - beganMs);
    return of.next.get(cause) === null;
  }

  /** On a slow disk or a busy machine slices are smaller, so that nobody waits longer. */
  #fit(tookMs: number): void {
    let count = this.#sliceCount;
    if (tookMs > SLICE_MS) count /= 2;
    if (tookMs < SLICE_MS / 2) count *= 2;
    this.#sliceCount = Math.min(SLICE_MAX, Math.max(SLICE_MIN, count));
  }
}
