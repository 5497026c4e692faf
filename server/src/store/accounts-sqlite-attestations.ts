/**
 * Attestations in their places, and the rows of the closure that they make (SPEC R4). Everything here is
 * part of the caller's transaction.
 */

import { assert, must } from 'copse/internal/base/assert.ts';
import { concat } from 'copse/internal/base/bytes.ts';
import type { SiteId, UserId } from 'copse/internal/base/ids.ts';
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
} from './accounts-sqlite-grants-rows.ts';
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

  constructor(statements: GrantsStatements) {
    this.#statements = statements;
  }

  /** Adds an attestation, or puts one that fell with another path into this place. */
  put(entry: NewAttestation, fallen: AttestationRow | null): AttestationRow {
    const { grant, bytes, above, route, group, atMs } = entry;
    const own = caveatBytes(grant.caveats);
    const place = placeOf(entry);
    const placed: Value[] = [place.route, place.stands, place.beginsMs, place.endsMs, place.caveats];
    let id: number;
    if (fallen === null) {
      const values: Value[] = [grant.id, above?.id ?? null, grant.site, grant.issuer, grant.subject];
      values.push(KINDS.indexOf(grant.subjectKind), grant.permissions, grant.resource, grant.delegations);
      values.push(grant.notBeforeMs, grant.expiresMs, grant.quota, bytes, ...placed, own, group, atMs);
      id = must(this.#statements.add.get(...values), 'an added row has a number').id;
      if (above !== null) this.#statements.countBelow.run(above.id);
    } else {
      id = fallen.id;
      this.#statements.revive.run(above?.id ?? null, ...placed, id);
    }
    for (const on of route) if (on.site !== grant.site) this.#statements.lean.run(on.id, id);
    return must(this.#statements.byId.get(id), 'an added row is there');
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
      const { id, site, resource, permissions, delegations, quota, begins_ms, ends_ms } = row;
      const values: Value[] = [site, holder, id, null, resource, permissions, delegations];
      values.push(begins_ms, ends_ms, quota, row.caveats, row.stands);
      const held = must(this.#statements.addHeld.get(...values), 'an added row has a number');
      budget.sites.add(site);
      this.#pass(site, held.id, budget);
    }
    return budget.sites;
  }

  /** Who has come into a group holds what the group holds. */
  #pass(site: string, heldId: number, budget: Budget): void {
    const grants = this.#statements.groupGrants.all(site, budget.left + 1);
    if (grants.length === 0) return;
    const member = must(this.#statements.heldOne.get(heldId), 'a row that was just added');
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
    const values: Value[] = [grant.site, member.user, grant.id, member.id, grant.resource];
    values.push(grant.permissions, grant.delegations, dates.beginsMs, dates.endsMs, grant.quota);
    budget.sites.add(grant.site);
    const held = must(this.#statements.addHeld.get(...values, caveats, stands), 'an added row has a number');
    this.#pass(grant.site, held.id, budget);
  }
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
