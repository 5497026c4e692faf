/**
 * Who lacks an envelope of a set that is being made (SPEC K3), asked in slices: over a site of 20,000 members
 * the one statement kept every other request waiting for 14 ms. What changes behind a slice that was looked at
 * (somebody joins, comes back or states another key) is noted by triggers of this connection, which are
 * temporary as the scan is; the transaction that makes the set count looks at those again.
 */

import { userId, type SiteId, type UserId } from 'copse/internal/base/ids.ts';
import type { Write } from './accounts-sqlite-changes.ts';
import type { Database } from './sqlite.ts';

/** Members of one slice: a millisecond. */
const SLICE = 512;

const WATCH = `
CREATE TEMP TABLE scanned (site TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE scan_changed (
  site TEXT NOT NULL, user TEXT NOT NULL, PRIMARY KEY (site, user)
) STRICT, WITHOUT ROWID;
CREATE TEMP TRIGGER scan_joined AFTER INSERT ON main.member
WHEN EXISTS (SELECT 1 FROM scanned WHERE site = NEW.site) BEGIN
  INSERT INTO scan_changed (site, user) VALUES (NEW.site, NEW.user) ON CONFLICT DO NOTHING;
END;
CREATE TEMP TRIGGER scan_back AFTER UPDATE OF left_ms ON main.member
WHEN NEW.left_ms IS NULL AND EXISTS (SELECT 1 FROM scanned WHERE site = NEW.site) BEGIN
  INSERT INTO scan_changed (site, user) VALUES (NEW.site, NEW.user) ON CONFLICT DO NOTHING;
END;
CREATE TEMP TRIGGER scan_stated AFTER INSERT ON main.user_key
WHEN EXISTS (SELECT 1 FROM scanned) BEGIN
  INSERT INTO scan_changed (site, user)
    SELECT m.site, m.user FROM main.member m JOIN scanned s ON s.site = m.site WHERE m.user = NEW.user
    ON CONFLICT DO NOTHING;
END;
`;

/** Whoever is a member, has a key to which can be sealed, and holds no envelope to it; her own set is open to its maker. */
const LACKS = `
  FROM member m JOIN user_key_now n ON n.user = m.user AND n.due = 0
  LEFT JOIN site_envelope e ON e.site = m.site AND e.epoch = ? AND e.user = m.user
  WHERE m.site = ? AND m.left_ms IS NULL AND (e.user IS NULL
    OR (length(e.envelope) = 0 AND m.user = ?)
    OR (length(e.envelope) > 0 AND e.generation <> n.generation))`;
const SQL = {
  watch: 'INSERT INTO scanned (site) VALUES (?) ON CONFLICT DO NOTHING',
  release: 'DELETE FROM scanned WHERE site = ?',
  forget: 'DELETE FROM scan_changed WHERE site = ?',
  bound: `SELECT max(user) AS user FROM (
    SELECT user FROM member WHERE site = ? AND user > ? ORDER BY user LIMIT ?)`,
  lacking: `SELECT m.user ${LACKS} AND m.user > ? AND m.user <= ? ORDER BY m.user LIMIT ?`,
  changed: `SELECT m.user ${LACKS} AND m.user IN (SELECT user FROM scan_changed WHERE site = ?)
    ORDER BY m.user LIMIT ?`,
} as const;

export interface Scanned {
  readonly site: SiteId;
  readonly epoch: number;
  /** Who makes the set: she is to be able to open it. */
  readonly maker: string;
  readonly countMax: number;
}

export class RosterScan {
  readonly #write: Write;
  readonly #of;
  /** How many scans of a site are under way. */
  readonly #scansBySite = new Map<SiteId, number>();

  constructor(database: Database, write: Write) {
    database.execute(WATCH);
    this.#write = write;
    const of = <Row>(sql: string) => database.prepare<Row>(sql);
    this.#of = {
      watch: of(SQL.watch),
      release: of(SQL.release),
      forget: of(SQL.forget),
      bound: of<{ readonly user: string | null }>(SQL.bound),
      lacking: of<{ readonly user: string }>(SQL.lacking),
      changed: of<{ readonly user: string }>(SQL.changed),
    };
  }

  /** Changes of this site are noted until `release`; neither is called within a transaction, which might be undone. */
  watch(site: SiteId): void {
    this.#of.watch.run(site);
    this.#scansBySite.set(site, (this.#scansBySite.get(site) ?? 0) + 1);
  }

  release(site: SiteId): void {
    const left = (this.#scansBySite.get(site) ?? 1) - 1;
    if (left > 0) return void this.#scansBySite.set(site, left);
    this.#scansBySite.delete(site);
    this.#of.release.run(site);
    this.#of.forget.run(site);
  }

  /** Some who lack an envelope, or none; other requests come between the slices. */
  async lacking(of: Scanned): Promise<readonly UserId[]> {
    const found: UserId[] = [];
    for (let after = ''; found.length < of.countMax;) {
      const next = await this.#write(() => this.#slice(of, after, found));
      if (next === null) break;
      after = next;
    }
    return found.slice(0, of.countMax);
  }

  /** Where the next slice begins, or null at the end. */
  #slice({ site, epoch, maker, countMax }: Scanned, after: string, found: UserId[]): string | null {
    const bound = this.#of.bound.get(site, after, SLICE)?.user ?? null;
    if (bound === null) return null;
    const rows = this.#of.lacking.all(epoch, site, maker, after, bound, countMax);
    found.push(...rows.map(({ user }) => userId(user)));
    return bound;
  }

  /** Those of whom changed since `watch` what a slice had looked at, and who lack one now. */
  changed({ site, epoch, maker, countMax }: Scanned): readonly UserId[] {
    return this.#of.changed.all(epoch, site, maker, site, countMax).map(({ user }) => userId(user));
  }
}
