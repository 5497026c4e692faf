/**
 * The records of an account file (SPEC Z100), each an array in deterministic CBOR whose first item says what it is:
 *
 *   0 head       "copse account", version 1, user, node, origin of the node, made in ms, key of who made it
 *   1 message    as its user signed it
 *   2 pin        id of a message that its user keeps for good
 *   3 standing   place, name, quota, bytes, made in ms, state, those above it: [key, name]; as the node said it
 *   4 operation  number, time in ms, kind, operation as it was signed, hash before it, its hash
 *   5 file       address, size, content type, name, kind, pinned (0, 1), SHA-256 of its chunks, empty where they do not follow
 *   6 chunk      address of the file, place, bytes
 *   7 end        number of records before it, their chain
 *
 * Records with other numbers are of a later time and are passed over. The schema for other programs is
 * `docs/account-file.md`.
 */

import { Fault } from '../../base/fault.ts';
import { key, type Key } from '../../base/ids.ts';
import { nameBytesMax, signedBytesMax } from '../../base/limits.ts';
import {
  accountFileDepthMax,
  accountFileRecordBytesMax,
  accountFileUrlBytesMax,
} from '../../base/limits-account-file.ts';
import { accountDepthMax } from '../../base/limits-accounts.ts';
import {
  fileBytesMax,
  fileChunkBytes,
  fileChunksMax,
  fileNameBytesMax,
  fileTypeBytesMax,
} from '../../base/limits-files.ts';
import { peerMessageBytesMax } from '../../base/limits-peer.ts';
import { hashBytes } from '../../crypto/hash.ts';
import { publicKeyBytes } from '../../crypto/sign.ts';
import { decodeCbor, encodeCbor, type Cbor } from '../../wire/cbor.ts';
import { Fields } from '../../wire/fields.ts';

export interface AccountHead {
  readonly kind: 'head';
  /** Whose account it is. */
  readonly user: Key;
  readonly node: Key;
  readonly url: string;
  readonly madeMs: number;
  /** Who made the file: the user, or somebody who could see less. */
  readonly by: Key;
}

export interface AccountStanding {
  readonly kind: 'standing';
  readonly place: number;
  readonly name: string;
  readonly quota: number;
  readonly bytes: number;
  readonly madeMs: number;
  readonly state: string;
  /** From the nearest up. */
  readonly above: readonly { readonly key: Key; readonly name: string }[];
}

export interface AccountOperation {
  readonly kind: 'operation';
  readonly number: number;
  readonly atMs: number;
  readonly act: string;
  readonly bytes: Uint8Array;
  readonly prev: Uint8Array;
  readonly hash: Uint8Array;
}

export interface AccountFile {
  readonly kind: 'file';
  /** 32 bytes. */
  readonly address: Uint8Array;
  readonly size: number;
  readonly type: string;
  readonly name: string;
  readonly held: 'own' | 'cache';
  readonly isPinned: boolean;
  /** SHA-256 of every chunk, one after the other; none where the chunks do not follow. */
  readonly digests: Uint8Array;
}

export interface AccountChunk {
  readonly kind: 'chunk';
  readonly address: Uint8Array;
  readonly at: number;
  readonly bytes: Uint8Array;
}

export interface AccountEnd {
  readonly kind: 'end';
  readonly count: number;
  readonly chain: Uint8Array;
}

export type AccountRecord =
  | AccountHead
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  | { readonly kind: 'pin'; readonly id: Uint8Array }
  | AccountStanding
  | AccountOperation
  | AccountFile
  | AccountChunk
  | AccountEnd
  /** Of a later time. */
  | { readonly kind: 'other'; readonly number: number };

const MAGIC = 'copse account';
const VERSION = 1;
const NUMBERS_MAX = 0xffff;
/** Words of the node: what an operation does, what an account is. */
const WORD_BYTES_MAX = 16;

/** The one form of a record. */
export function encodeRecord(record: Exclude<AccountRecord, { kind: 'other' }>): Uint8Array {
  return encodeCbor(itemsOf(record));
}

function itemsOf(record: Exclude<AccountRecord, { kind: 'other' }>): readonly Cbor[] {
  switch (record.kind) {
    case 'head':
      return [0, MAGIC, VERSION, record.user, record.node, record.url, record.madeMs, record.by];
    case 'message':
      return [1, record.bytes];
    case 'pin':
      return [2, record.id];
    case 'standing': {
      const { place, name, quota, bytes, madeMs, state, above } = record;
      return [3, place, name, quota, bytes, madeMs, state, above.map((each) => [each.key, each.name])];
    }
    case 'operation': {
      const { number, atMs, act, bytes, prev, hash } = record;
      return [4, number, atMs, act, bytes, prev, hash];
    }
    case 'file': {
      const { address, size, type, name, held, isPinned, digests } = record;
      return [5, address, size, type, name, held, isPinned ? 1 : 0, digests];
    }
    case 'chunk':
      return [6, record.address, record.at, record.bytes];
    case 'end':
      return [7, record.count, record.chain];
  }
}

/** The record in `bytes`; `malformed`, `tooLarge` or, of a later version, `newer`. Messages are not looked into. */
export function decodeRecord(bytes: Uint8Array): AccountRecord {
  const limits = { bytesMax: accountFileRecordBytesMax, depthMax: accountFileDepthMax };
  const fields = new Fields('a record', decodeCbor(bytes, limits));
  const number = fields.uint(0, NUMBERS_MAX);
  const read = READERS[number];
  if (read === undefined) return { kind: 'other', number };
  const record = read(fields);
  fields.done();
  return record;
}

const READERS: readonly ((fields: Fields) => AccountRecord)[] = [
  headOf,
  (fields) => ({ kind: 'message', bytes: fields.blob(1, peerMessageBytesMax + 1, 1) }),
  (fields) => ({ kind: 'pin', id: fields.bytes(1, hashBytes) }),
  standingOf,
  (fields) => ({
    kind: 'operation',
    number: fields.uint(1),
    atMs: fields.uint(2),
    act: fields.text(3, WORD_BYTES_MAX),
    bytes: fields.blob(4, signedBytesMax, 1),
    prev: fields.bytes(5, hashBytes),
    hash: fields.bytes(6, hashBytes),
  }),
  fileOf,
  (fields) => ({
    kind: 'chunk',
    address: fields.bytes(1, hashBytes),
    at: fields.uint(2, fileChunksMax),
    bytes: fields.blob(3, fileChunkBytes, 1),
  }),
  (fields) => ({ kind: 'end', count: fields.uint(1), chain: fields.bytes(2, hashBytes) }),
];

function headOf(fields: Fields): AccountHead {
  if (fields.text(1, MAGIC.length) !== MAGIC) throw new Fault('malformed', 'this is no account file');
  const version = fields.uint(2, NUMBERS_MAX);
  if (version !== VERSION) throw new Fault('newer', `an account file of version ${version}`);
  return {
    kind: 'head',
    user: key(fields.bytes(3, publicKeyBytes)),
    node: key(fields.bytes(4, publicKeyBytes)),
    url: fields.text(5, accountFileUrlBytesMax),
    madeMs: fields.uint(6),
    by: key(fields.bytes(7, publicKeyBytes)),
  };
}

function standingOf(fields: Fields): AccountStanding {
  return {
    kind: 'standing',
    place: fields.uint(1),
    name: fields.text(2, nameBytesMax),
    quota: fields.uint(3),
    bytes: fields.uint(4),
    madeMs: fields.uint(5),
    state: fields.text(6, WORD_BYTES_MAX),
    above: fields.list(7, accountDepthMax).map((item) => {
      const each = new Fields('an account above', item);
      const above = { key: key(each.bytes(0, publicKeyBytes)), name: each.text(1, nameBytesMax) };
      each.done();
      return above;
    }),
  };
}

function fileOf(fields: Fields): AccountFile {
  const file = {
    address: fields.bytes(1, hashBytes),
    size: fields.uint(2, fileBytesMax),
    type: fields.text(3, fileTypeBytesMax),
    name: fields.text(4, fileNameBytesMax),
    held: fields.text(5, WORD_BYTES_MAX),
    isPinned: fields.uint(6, 1) === 1,
    digests: fields.blob(7, fileChunksMax * hashBytes),
  };
  const { held, digests, size } = file;
  const count = digests.length / hashBytes;
  if (held !== 'own' && held !== 'cache') throw new Fault('malformed', 'a file is held as own or cache');
  if (count !== 0 && count !== Math.ceil(size / fileChunkBytes))
    throw new Fault('malformed', 'a file has a hash for each of its chunks, or none');
  return { kind: 'file', ...file, held };
}
