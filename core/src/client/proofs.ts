/**
 * Proofs that this device keeps because its node does not (SPEC R8): which sites they are of is known at once,
 * the rest is loaded when a node asks for one.
 */

import { siteId, type SiteId } from '../base/ids.ts';
import type { LeaseAnswer } from '../api/tail.ts';
import type { ProofShelf } from './proof-shelf.ts';
import { PROOFS, type ProofParts, type Wanted } from './proof-types.ts';

export class Proofs {
  readonly #parts: ProofParts;
  readonly #permissionsBySite = new Map<SiteId, number>();

  private constructor(parts: ProofParts) {
    this.#parts = parts;
  }

  static async load(parts: ProofParts): Promise<Proofs> {
    const proofs = new Proofs(parts);
    await proofs.changed();
    return proofs;
  }

  /** What the proofs of a site may permit on some log of it. */
  permissionsIn(site: SiteId): number {
    return this.#permissionsBySite.get(site) ?? 0;
  }

  async shelf(): Promise<ProofShelf> {
    const { ProofShelf: Shelf } = await import('./proof-shelf.ts');
    return new Shelf(this.#parts, () => this.changed());
  }

  /** Answers `needProof`; throws when no proof that is here helps. */
  async present(wanted: Wanted): Promise<Exclude<LeaseAnswer, { readonly kind: 'needProof' }>> {
    return (await this.shelf()).present(wanted);
  }

  async changed(): Promise<void> {
    const rows = await this.#parts.keep.list(PROOFS);
    this.#permissionsBySite.clear();
    for (const { name } of rows) {
      const [site = '', permissions = '0'] = name.slice(PROOFS.length).split('/');
      const id = siteId(site);
      this.#permissionsBySite.set(id, this.permissionsIn(id) | Number(permissions));
    }
  }
}
