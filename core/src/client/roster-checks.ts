/**
 * What vouches for the members of a site, checked once (SPEC K4): signatures do not change, so a row of the
 * roster that was good before is good again when it is the same to the byte, for the same root, while its
 * attestations last. Three signatures of each member are what a re-keying costs most; the next one costs a hash
 * of each, also after a restart (`roster-keep.ts`). What was refused is looked at anew every time.
 */

import { concat, equal, fromHex, hex } from '../base/bytes.ts';
import { must } from '../base/assert.ts';
import { Cache } from '../base/cache.ts';
import { Fault } from '../base/fault.ts';
import { key as keyOf, type SiteId } from '../base/ids.ts';
import { attestationsKnownMax, clockSkewMs } from '../base/limits.ts';
import type { RosterRow } from '../api/keys.ts';
import type { Attestation } from '../capability/attestation.ts';
import { verifyChain } from '../capability/chain.ts';
import { openUserKey } from '../capability/user-key.ts';
import { domain } from '../crypto/domain.ts';
import { hashOf, userIdOf } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { Writer } from '../wire/buffer.ts';
import type { Keep } from './keep.ts';
import { keepChecks, keptChecks, type Checked } from './roster-keep.ts';

const ROW = domain('client/roster-row');
/** Of several members' ways: those that many have in common are met again at once. */
const LINKS_MAX = 1024;

/** To whom a key of the site may be sealed. */
export interface Member {
  readonly generation: number;
  readonly publicKey: Uint8Array;
}

export interface RosterPlace {
  readonly site: SiteId;
  readonly root: Uint8Array;
  readonly atMs: number;
}

/** So many new checks are worth a write: half as many are done again before anybody notices. */
const KEPT_MIN = 64;

export class RosterChecks {
  readonly #primitives: Primitives;
  readonly #keep: Keep;
  /** Of the sites that were looked at since the start: what was met in the last look, and how much of it was new. */
  readonly #metBySite = new Map<SiteId, { readonly rows: Map<string, Checked>; fresh: number }>();
  readonly #checkedByRow = new Cache<string, Checked>(attestationsKnownMax);
  readonly #links = new Cache<string, Attestation>(LINKS_MAX);

  constructor(primitives: Primitives, keep: Keep) {
    this.#primitives = primitives;
    this.#keep = keep;
  }

  /** Before the members of a site are looked at. */
  async begin(site: SiteId): Promise<void> {
    const met = this.#metBySite.get(site);
    const rows = new Map<string, Checked>();
    this.#metBySite.set(site, { rows, fresh: met?.fresh ?? 0 });
    if (met !== undefined) return;
    for (const [name, checked] of await keptChecks(this.#keep, site)) this.#checkedByRow.set(name, checked);
  }

  /** After all of them were looked at: what is new is kept, when it is worth it. */
  async end(site: SiteId): Promise<void> {
    const met = this.#metBySite.get(site);
    if (met === undefined) return;
    const { rows, fresh } = met;
    this.#metBySite.set(site, { rows: new Map(), fresh: fresh < KEPT_MIN ? fresh : 0 });
    if (fresh >= KEPT_MIN) await keepChecks(this.#keep, site, rows);
  }

  /** Rows that are known to be good. */
  get size(): number {
    return this.#checkedByRow.size;
  }

  /** Her key, or null when the root of the site does not vouch for her or she did not state it. */
  async member(at: RosterPlace, row: RosterRow): Promise<Member | null> {
    const name = hex(this.#hashOf(at, row));
    const met = this.#metBySite.get(at.site);
    const known = this.#checkedByRow.get(name);
    const isKnown = known !== undefined && lasts(known, at.atMs);
    const checked = isKnown ? known : await this.#check(at, row).catch(ofFault);
    if (checked === null) return null;
    met?.rows.set(name, checked);
    if (isKnown) return checked;
    if (met !== undefined) met.fresh++;
    this.#checkedByRow.set(name, checked);
    return checked;
  }

  async #check({ root, atMs }: RosterPlace, row: RosterRow): Promise<Checked | null> {
    const { user, key, statement, proof } = row;
    if (userIdOf(this.#primitives, key) !== user) return null;
    const stated = await openUserKey(this.#primitives, statement);
    if (stated === null || !equal(stated.user, key)) return null;
    const path = { path: proof, root: keyOf(root), atMs, known: this.#links };
    const chain = await verifyChain(this.#primitives, path);
    if (chain.kind === 'refused' || chain.subjectKind !== 'user' || !equal(chain.subject, key)) return null;
    const { notBeforeMs, expiresMs } = chain.rights;
    // A copy: it outlives the message of which the statement is a part.
    return { generation: stated.generation, publicKey: stated.publicKey.slice(), notBeforeMs, expiresMs };
  }

  /** Of everything that is looked at but the time, each with its length. */
  #hashOf({ site, root }: RosterPlace, { user, key, statement, proof }: RosterRow): Uint8Array {
    const writer = new Writer();
    for (const part of [root, key, statement, ...proof]) {
      writer.uint(part.length);
      writer.raw(part);
    }
    return hashOf(this.#primitives, ROW, concat(idBytes(site), idBytes(user), writer.take()));
  }
}

function idBytes(id: string): Uint8Array {
  return must(fromHex(id), 'an id is hex');
}

/** As `verifyChain` judges the dates of attestations. */
function lasts({ notBeforeMs, expiresMs }: Checked, atMs: number): boolean {
  return atMs >= notBeforeMs - clockSkewMs && (expiresMs === 0 || atMs < expiresMs + clockSkewMs);
}

/** What a row holds that is no statement, proof or key is a reason to refuse that row, and no other. */
function ofFault(thrown: unknown): null {
  if (thrown instanceof Fault) return null;
  throw thrown;
}
