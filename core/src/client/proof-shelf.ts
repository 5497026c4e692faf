/** Proofs of sealed grants on a device (SPEC R8): kept, listed, forgotten, and presented to the node that asks. */

import { equal } from '../base/bytes.ts';
import { asFault, Fault } from '../base/fault.ts';
import { siteId, type LogId, type SiteId } from '../base/ids.ts';
import { proofsKeptMax } from '../base/limits.ts';
import { permission } from '../api/model.ts';
import type { LeaseAnswer } from '../api/tail.ts';
import { objectId } from '../capability/cose.ts';
import { covers, type Rights } from '../capability/policy.ts';
import { presenting, proofHash, prove } from '../capability/possession.ts';
import { decodeProof, verifyProof } from '../capability/proof-file.ts';
import { siteIdOf } from '../crypto/hash.ts';
import { PROOFS, type ProofParts, type Wanted } from './proof-types.ts';

export interface KeptProof {
  /** Of the last attestation: what was granted. */
  readonly id: string;
  readonly site: SiteId;
  readonly rights: Omit<Rights, 'resource'> & { readonly resource: string };
}

interface Read extends KeptProof {
  readonly rights: Rights;
  readonly row: string;
  readonly path: readonly Uint8Array[];
}

const ID_CHARS = 32;

export class ProofShelf {
  readonly #parts: ProofParts;
  readonly #changed: () => Promise<void>;

  constructor(parts: ProofParts, changed: () => Promise<void>) {
    this.#parts = parts;
    this.#changed = changed;
  }

  /** Takes a proof in; `badProof` with the reason when it proves nothing, or nothing of this user. */
  async keep(bytes: Uint8Array): Promise<KeptProof> {
    const kept = await this.#read(bytes);
    const rows = await this.#parts.keep.list(PROOFS);
    const isKnown = rows.some(({ name }) => name === kept.row);
    if (!isKnown && rows.length >= proofsKeptMax) throw new Fault('full', 'proofs on this device');
    await this.#parts.keep.write([{ name: kept.row, value: bytes }], 'strict');
    await this.#changed();
    return kept;
  }

  /** Those that hold now. */
  async list(): Promise<readonly KeptProof[]> {
    return this.#readAll(PROOFS);
  }

  async forget(id: string): Promise<void> {
    const rows = await this.#parts.keep.list(PROOFS);
    const gone = rows.filter(({ name }) => name.endsWith(`/${id.slice(0, ID_CHARS)}`));
    if (gone.length === 0) throw new Fault('unknown', 'a proof on this device');
    await this.#parts.keep.write(gone.map(({ name }) => ({ name, value: null })));
    await this.#changed();
  }

  /** One after the other: a proof that was revoked does not hide one that was not. */
  async present(wanted: Wanted): Promise<Exclude<LeaseAnswer, { readonly kind: 'needProof' }>> {
    const { remote, node, site, log, want } = wanted;
    const { primitives, device } = this.#parts;
    let nonce = wanted.nonce.slice();
    let refusal = new Fault('forbidden', 'The node wants a proof that this device does not have.');
    for (const { path } of await this.#fitting(site, log, want)) {
      const claim = presenting({ nonce, node, proof: proofHash(primitives, path) });
      const signature = await prove(primitives, device.seed, claim);
      try {
        const answer = await remote.attest({ nonce, proof: path, signature });
        if (answer.kind !== 'needProof') return answer;
        nonce = answer.nonce.slice();
        continue;
      } catch (thrown) {
        refusal = asFault(thrown);
        if (refusal.retry !== 'never') throw refusal;
      }
      const again = await remote.lease({ site, log, want });
      if (again.kind !== 'needProof') return again;
      nonce = again.nonce.slice();
    }
    throw refusal;
  }

  async #fitting(site: SiteId, log: LogId, want: 'read' | 'write'): Promise<readonly Read[]> {
    const wanted = want === 'write' ? permission.read | permission.write : permission.read;
    const all = await this.#readAll(`${PROOFS}${site}/`);
    return all.filter(({ rights }) => (rights.permissions & wanted) !== 0 && covers(rights.resource, log));
  }

  async #readAll(prefix: string): Promise<readonly Read[]> {
    const found: Read[] = [];
    for (const { value } of await this.#parts.keep.list(prefix)) {
      try {
        found.push(await this.#read(value));
      } catch (thrown) {
        // It has expired, or begins later; it stays for who looks at it with another clock.
        if (asFault(thrown).code !== 'badProof') throw thrown;
      }
    }
    return found;
  }

  async #read(bytes: Uint8Array): Promise<Read> {
    const { primitives, user, wallMs } = this.#parts;
    const answer = await verifyProof(primitives, bytes, wallMs());
    if (answer.kind === 'refused')
      throw new Fault('badProof', `The proof: ${answer.reason}, attestation ${answer.at + 1}.`);
    if (answer.subjectKind !== 'user' || !equal(answer.subject, user))
      throw new Fault('badProof', 'The proof is made out to another.');
    const { path } = decodeProof(bytes);
    const site = siteIdOf(primitives, answer.root);
    const id = objectId(primitives, path.at(-1) ?? bytes);
    const { rights } = answer;
    const row = `${PROOFS}${site}/${rights.permissions}/${id.slice(0, ID_CHARS)}`;
    return { id, site: siteId(site), rights, row, path };
  }
}
