/** What the model of files holds (`files-memory.ts`), and what is asked of it again and again. */

import { hex } from 'copse/internal/base/bytes.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import { filesPerAccountMax, fileUploadsMax } from 'copse/internal/base/limits-files.ts';
import type { Manifest } from 'copse/internal/social/files/address.ts';
import type { ImageSize } from 'copse/internal/social/files/image-size.ts';
import type { Full, HoldKind, Room } from './files.ts';

export interface File {
  readonly id: number;
  address: string | null;
  sha256: string | null;
  manifest: Manifest | null;
  digests: Uint8Array;
  size: number;
  type: string;
  state: 'coming' | 'whole' | 'fallen';
  picture: ImageSize | null;
  seenMs: number;
  /** Hashes by their places, in hex. */
  readonly parts: Map<number, string>;
}

export interface Hold {
  account: UserId;
  file: number;
  kind: HoldKind;
  pinned: boolean;
  coming: boolean;
  bytes: number;
  readonly name: string;
  usedMs: number;
}

export interface Upload {
  readonly name: string;
  account: UserId;
  readonly file: number;
  size: number | null;
  offset: number;
  tail: Uint8Array;
}

export class FileBook {
  files: File[] = [];
  holds: Hold[] = [];
  uploads: Upload[] = [];
  /** Names that a blob may have. */
  readonly chunks = new Set<string>();
  granted: { readonly id: string; bytes: number; readonly expiresMs: number }[] = [];
  #last = 0;

  add({ size, type, nowMs }: { readonly size: number; readonly type: string; readonly nowMs: number }): File {
    const none = { address: null, sha256: null, manifest: null, picture: null, digests: new Uint8Array(0) };
    const file: File = {
      ...none,
      id: ++this.#last,
      size,
      type,
      state: 'coming',
      seenMs: nowMs,
      parts: new Map(),
    };
    this.files.push(file);
    return file;
  }

  addPart(file: File, at: number, digest: Uint8Array): void {
    if (file.parts.has(at)) return;
    file.parts.set(at, hex(digest));
    this.chunks.add(hex(digest));
  }

  /** Answers whether it was the last one. */
  drop(hold: Hold): boolean {
    this.holds = this.holds.filter((each) => each !== hold);
    const file = this.file(hold.file);
    if (file === undefined || this.heldBy(hold.file).length > 0) return false;
    this.fall(file);
    return true;
  }

  fall(file: File): void {
    Object.assign(file, { state: 'fallen', address: null, sha256: null });
    this.uploads = this.uploads.filter((upload) => upload.file !== file.id);
  }

  lack(account: UserId, bytes: number, { room, isNew }: { room: Room; isNew: boolean }): Full | null {
    const { grant } = room;
    const granted = this.granted.find(({ id }) => id === grant?.id)?.bytes ?? 0;
    const there = this.files.filter(({ state }) => state !== 'fallen');
    const inAll = there.reduce((all, { size }) => all + size, 0);
    const lacking = [
      ['account', sum(this.of(account)) + bytes - room.account],
      ['node', isNew ? inAll + bytes - room.node : 0],
      ['grant', grant === null ? 0 : granted + bytes - grant.bytes],
    ] as const;
    const full = lacking.find(([, count]) => count > 0);
    return full === undefined ? null : { kind: 'full', of: full[0], lacking: full[1] };
  }

  crowd(account: UserId, isComing: boolean): Full | null {
    const holds = this.of(account);
    if (holds.length >= filesPerAccountMax) return { kind: 'full', of: 'files', lacking: 1 };
    const uploads = isComing ? holds.filter(({ coming }) => coming).length : 0;
    return uploads >= fileUploadsMax ? { kind: 'full', of: 'uploads', lacking: 1 } : null;
  }

  spend({ grant }: Room, bytes: number): void {
    if (grant === null) return;
    const known = this.granted.find(({ id }) => id === grant.id);
    if (known === undefined) this.granted.push({ id: grant.id, bytes, expiresMs: grant.expiresMs });
    else known.bytes += bytes;
  }

  file(id: number): File | undefined {
    return this.files.find((each) => each.id === id);
  }

  named(address: string): File | undefined {
    return this.files.find((each) => each.address === address);
  }

  of(account: UserId): readonly Hold[] {
    return this.holds.filter((hold) => hold.account === account);
  }

  heldBy(file: number): readonly Hold[] {
    return this.holds
      .filter((hold) => hold.file === file)
      .toSorted((a, b) => (a.account < b.account ? -1 : 1));
  }

  hold(account: UserId, file: number): Hold | undefined {
    return this.holds.find((hold) => hold.account === account && hold.file === file);
  }

  holdNamed(account: UserId, address: string): Hold | undefined {
    const file = this.named(address);
    return file === undefined ? undefined : this.hold(account, file.id);
  }

  isUsed(digest: string): boolean {
    return this.files.some(({ parts }) => [...parts.values()].includes(digest));
  }
}

/** What does not fall when room is needed. */
export function isKept({ kind, pinned, coming }: Hold): boolean {
  return kind === 'own' || pinned || coming;
}

export function sum(holds: readonly Hold[]): number {
  return holds.reduce((bytes, hold) => bytes + hold.bytes, 0);
}
