/**
 * Attestations in their places, and the rows of the closure that they make (SPEC R4). Everything here is
 * part of the caller's transaction.
 */

import { assert, must } from 'copse/internal/base/assert.ts';
import { concat } from 'copse/internal/base/bytes.ts';
import { siteId, type SiteId, type UserId } from 'copse/internal/base/ids.ts';
import { proofDepthMax } from 'copse/internal/base/limits.ts';
import type { Attestation, SubjectKind } from 'copse/internal/capability/attestation.ts';
import type { Attested } from './accounts-grants.ts';
import {
  caveatBytes,
  narrowed,
  STANDING_BYTES,
  routeOf,
  standingOf,
  standsBytes,
  type AttestationRow,
  type GrantsStatements,
  type HeldRow,
  type ListedRow,
} from './accounts-sqlite-grants-rows.ts';
import type { Recall } from './accounts-sqlite-recall.ts';
import type { Value } from './sqlite.ts';

export interface NewAttestation {
  readonly grant: Attestation;
  readonly bytes: Uint8Array;
  readonly above: AttestationRow | null;
  /** What it stands on, from the first of its namespace; `above` is among them. */
  readonly route: readonly AttestationRow[];
  /** Who holds it; null when that is nobody yet. */
  readonly holder: UserId | null;
  readonly group: SiteId | null;
  readonly atMs: number;
}

interface Budget {
  left: number;
  readonly sites: Set<string>;
}

export const KINDS: readonly SubjectKind[] = ['user', 'oneTime', 'group'];
const GROUP_KIND = 2;

/** Takes back what a task has written and is its answer. */
export class Refused extends Error {
  readonly answer: Attested;

  constructor(answer: Attested) {
    super(answer);
    this.answer = answer;
  }
}

export class Attestations {
  readonly #statements: GrantsStatements;
  readonly #recall: Recall;
  /** Numbers given last. What a commit takes back leaves a hole, and no number is given twice. */
  #lastAttestation: number;
  #lastHeld: number;
  /** Whether anything was ever granted to a group; mostly nothing was, and nobody needs to look. */
  #hasGroups: boolean;

  constructor(statements: GrantsStatements, recall: Recall) {
    this.#statements = statements;
    this.#recall = recall;
    this.#lastAttestation = statements.late.last.attestation;
    this.#lastHeld = statements.late.last.held;
    this.#hasGroups = statements.someGroup.get() !== null;
  }

  /** Adds an attestation, or puts one that fell with another path into this place. */
  put(entry: NewAttestation, fallen: AttestationRow | null): AttestationRow {
    const { grant, above, route } = entry;
    const place = placeOf(entry);
    let row: AttestationRow;
    if (fallen === null) {
      row = rowOf(entry, place, ++this.#lastAttestation);
      this.#statements.add.run(...valuesOf(row));
      this.#statements.late.attested(row.id, row.hash, row.site);
      if (above !== null) this.#statements.countBelow.run(above.id);
      if (row.group_id !== null) this.#hasGroups = true;
    } else {
      const { id } = fallen;
      const placed = [place.route, place.stands, place.beginsMs, place.endsMs, place.caveats];
      this.#statements.revive.run(above?.id ?? null, ...placed, id);
      row = must(this.#statements.byId.get(id), 'a row that was revived is there');
    }
    for (const on of route) if (on.site !== grant.site) this.#statements.lean.run(on.id, row.id);
    return row;
  }

  /**
   * The rows of the closure that an attestation makes, and the namespaces in which they are; throws
   * `Refused` beyond `spreadMax`.
   */
  spread(row: AttestationRow, holder: UserId | null, spreadMax: number): ReadonlySet<string> {
    const budget: Budget = { left: spreadMax, sites: new Set() };
    if (row.kind === GROUP_KIND) {
      const members = this.#statements.heldIn.all(must(row.group_id, 'a group has an id'), spreadMax + 1);
      for (const member of members) this.#share(row, member, budget);
    } else if (holder !== null) {
      const { id, site, begins_ms, ends_ms, caveats, stands } = row;
      const dates = { not_before_ms: begins_ms, expires_ms: ends_ms };
      this.#hold(
        { ...rightsOfRow(row), ...dates, site, user: holder, via: id, through: null, caveats, stands },
        budget,
      );
    }
    return budget.sites;
  }

  #hold(of: Omit<ListedRow, 'id'>, budget: Budget): void {
    const held = { ...of, id: ++this.#lastHeld };
    const values: Value[] = [held.id, held.hash, held.site, held.user, held.via, held.through, held.resource];
    values.push(held.permissions, held.delegations, held.not_before_ms, held.expires_ms, held.quota);
    this.#statements.addHeld.run(...values, held.caveats, held.stands);
    this.#statements.late.held(held.id, held.user);
    this.#recall.held(siteId(held.site));
    budget.sites.add(held.site);
    this.#pass(held, budget);
  }

  /** Who has come into a group holds what the group holds. */
  #pass(member: HeldRow, budget: Budget): void {
    if (!this.#hasGroups) return;
    const grants = this.#statements.groupGrants.all(member.site, budget.left + 1);
    for (const grant of grants) this.#share(grant, member, budget);
  }

  #share(grant: AttestationRow, member: HeldRow, budget: Budget): void {
    if ((member.permissions & 1) === 0) return;
    // A group that came back to itself through another would never end.
    const stands = concat(grant.stands, member.stands);
    if (stands.length > proofDepthMax * STANDING_BYTES || isRepeated(stands)) return;
    if (budget.left-- <= 0) throw new Refused('full');
    const dates = narrowed(
      { beginsMs: grant.begins_ms, endsMs: grant.ends_ms },
      { beginsMs: member.not_before_ms, endsMs: member.expires_ms },
    );
    const caveats = bothCaveats(grant.caveats, member.caveats);
    this.#hold(
      {
        ...rightsOfRow(grant),
        site: grant.site,
        user: member.user,
        via: grant.id,
        through: member.id,
        not_before_ms: dates.beginsMs,
        expires_ms: dates.endsMs,
        caveats,
        stands,
      },
      budget,
    );
  }
}

/** What an attestation says that does not depend on its path. */
function rightsOfRow({ hash, resource, permissions, delegations, quota }: AttestationRow) {
  return { hash, resource, permissions, delegations, quota };
}

/** The row of a new attestation, as it is read back. */
function rowOf(
  { grant, bytes, above, group, atMs }: NewAttestation,
  place: PlaceColumns,
  id: number,
): AttestationRow {
  return {
    id,
    hash: grant.id,
    above: above?.id ?? null,
    site: grant.site,
    issuer: grant.issuer,
    subject: grant.subject,
    kind: KINDS.indexOf(grant.subjectKind),
    permissions: grant.permissions,
    resource: grant.resource,
    delegations: grant.delegations,
    not_before_ms: grant.notBeforeMs,
    expires_ms: grant.expiresMs,
    quota: grant.quota,
    body: bytes,
    route: place.route,
    stands: place.stands,
    begins_ms: place.beginsMs,
    ends_ms: place.endsMs,
    own_caveats: caveatBytes(grant.caveats),
    caveats: place.caveats,
    group_id: group,
    below: 0,
    at_ms: atMs,
    ended_ms: null,
    revoked_ms: null,
  };
}

/** In the order of the statement. */
function valuesOf(row: AttestationRow): readonly Value[] {
  const { id, hash, above, site, issuer, subject, kind, permissions, resource, delegations, quota } = row;
  const values: Value[] = [id, hash, above, site, issuer, subject, kind];
  values.push(permissions, resource, delegations, row.not_before_ms, row.expires_ms, quota, row.body);
  values.push(row.route, row.stands, row.begins_ms, row.ends_ms, row.caveats, row.own_caveats);
  values.push(row.group_id, row.at_ms);
  return values;
}

function bothCaveats(a: Uint8Array | null, b: Uint8Array | null): Uint8Array | null {
  if (a === null || b === null) return a ?? b;
  return concat(a, b);
}

function isRepeated(stands: Uint8Array): boolean {
  const seen = new Set<string>();
  for (let at = 0; at < stands.length; at += STANDING_BYTES) {
    const id = stands.subarray(at, at + STANDING_BYTES).join();
    if (seen.has(id)) return true;
    seen.add(id);
  }
  return false;
}

interface PlaceColumns {
  readonly route: string;
  readonly stands: Uint8Array;
  readonly beginsMs: number;
  readonly endsMs: number;
  readonly caveats: Uint8Array | null;
}

function placeOf({ grant, above, route }: NewAttestation): PlaceColumns {
  assert(above === null || route.some((row) => row.id === above.id), 'what is narrowed is on the route');
  const own = { beginsMs: grant.notBeforeMs, endsMs: grant.expiresMs };
  const dates = route.reduce(
    (sum, row) => narrowed(sum, { beginsMs: row.not_before_ms, endsMs: row.expires_ms }),
    own,
  );
  const caveats = route.reduce<Uint8Array | null>((sum, row) => bothCaveats(sum, row.own_caveats), null);
  return {
    route: route.map((row) => row.id).join(' '),
    stands: standsBytes([...route.map((row) => standingOf(row.hash)), standingOf(grant.id)]),
    ...dates,
    caveats: bothCaveats(caveats, caveatBytes(grant.caveats)),
  };
}

export function routeIds(row: AttestationRow): readonly number[] {
  return routeOf(row.route);
}
