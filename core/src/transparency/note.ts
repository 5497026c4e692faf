/**
 * Signed notes (C2SP signed-note): a text and signatures under it, each with the name and the id of its key
 * (SPEC M3). Keys are Ed25519; a signature of an unknown key is ignored, a false one of a known key
 * condemns the note.
 */

import { assert } from '../base/assert.ts';
import { base64url, concat, fromBase64url, hex, utf8 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { key as keyOf, type Key } from '../base/ids.ts';
import { noteBytesMax, noteSignaturesMax } from '../base/limits.ts';
import { isStrictPublicKey, publicKeyBytes, signatureBytes, verifyRaw } from '../crypto/sign.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Sha256 } from '../crypto/merkle.ts';

/** What the number of a key's kind says of its signatures. */
export const keyKind = { ed25519: 1, cosignature: 4 } as const;
export type KeyKind = keyof typeof keyKind;

/** A key under the name by which signatures call it. */
export interface NamedKey {
  readonly name: string;
  readonly kind: KeyKind;
  readonly key: Key;
}

export interface NoteSignature {
  readonly name: string;
  /** The first four bytes of the key's hash. */
  readonly id: number;
  /** What follows the id. */
  readonly bytes: Uint8Array;
}

export interface Note {
  /** With its last line feed, without the empty line. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const ID_BYTES = 4;
const NAME = /^[^\s+]+$/u;
// oxlint-disable-next-line no-control-regex -- the format forbids them, so they are looked for
const CONTROLS = /[\0-\t\v-\x1f]/;
const SIGNATURE = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+=*)$/u;

/** The id by which a note's signatures call a key. */
export function keyId(primitives: Sha256, { name, kind, key }: NamedKey): number {
  const hash = primitives.sha256(concat(utf8(`${name}\n`), Uint8Array.of(keyKind[kind]), key));
  return new DataView(hash.buffer, hash.byteOffset, ID_BYTES).getUint32(0);
}

/** A signature as a line of a note. */
export function signatureLine(primitives: Sha256, by: NamedKey, bytes: Uint8Array): string {
  assert(NAME.test(by.name), 'the name of a key has no spaces and no plus');
  return lineOf({ name: by.name, id: keyId(primitives, by), bytes });
}

function lineOf({ name, id, bytes }: NoteSignature): string {
  const number = new Uint8Array(ID_BYTES);
  new DataView(number.buffer).setUint32(0, id);
  return `\u2014 ${name} ${base64(concat(number, bytes))}\n`;
}

export function writeNote({ text, signatures }: Note): string {
  assert(text.endsWith('\n') && !CONTROLS.test(text), 'the text of a note is lines');
  return `${text}\n${signatures.map(lineOf).join('')}`;
}

/** The note in a text; throws `malformed` or `tooLarge` when it is none. Nothing of it is verified yet. */
export function readNote(note: string): Note {
  if (note.length > noteBytesMax) throw new Fault('tooLarge', 'a note');
  if (CONTROLS.test(note) || !note.isWellFormed())
    throw new Fault('malformed', 'a note has other characters');
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) throw new Fault('malformed', 'a note has no signatures');
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > noteSignaturesMax) throw new Fault('tooLarge', 'signatures of a note');
  return { text: note.slice(0, end + 1), signatures: lines.map(readSignature) };
}

function readSignature(line: string): NoteSignature {
  const [, name = '', coded = ''] = SIGNATURE.exec(line) ?? [];
  const bytes = fromBase64(coded);
  if (bytes === null || bytes.length <= ID_BYTES) throw new Fault('malformed', 'a line is no signature');
  const id = new DataView(bytes.buffer, bytes.byteOffset, ID_BYTES).getUint32(0);
  return { name, id, bytes: bytes.subarray(ID_BYTES) };
}

/** The signatures of one key in a note; others may share its name or its id, but not both. */
export function signaturesBy(primitives: Sha256, note: Note, by: NamedKey): readonly NoteSignature[] {
  const id = keyId(primitives, by);
  return note.signatures.filter((signature) => signature.name === by.name && signature.id === id);
}

/** Whether the key has signed the note's text: at least once, and never falsely. */
export async function isSignedBy(primitives: Primitives, note: Note, by: NamedKey): Promise<boolean> {
  const found = signaturesBy(primitives, note, by);
  const message = utf8(note.text);
  for (const { bytes } of found) {
    if (bytes.length !== signatureBytes) return false;
    if (!(await verifyRaw(primitives, by.key, message, bytes))) return false;
  }
  return found.length > 0;
}

/** A key as one word, as Go's `note.NewVerifier` reads it: name, id and key with plus signs between. */
export function writeKey(primitives: Sha256, named: NamedKey): string {
  const id = keyId(primitives, named).toString(16).padStart(8, '0');
  return `${named.name}+${id}+${base64(concat(Uint8Array.of(keyKind[named.kind]), named.key))}`;
}

/** The key in such a word; throws `malformed`. */
export function readKey(primitives: Sha256, word: string): NamedKey {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/u.exec(word);
  const bytes = fromBase64(match?.[3] ?? '');
  if (match === null || bytes === null || bytes.length !== publicKeyBytes + 1) {
    throw new Fault('malformed', 'a key is NAME+ID+KEY');
  }
  const kind = bytes[0] === keyKind.ed25519 ? 'ed25519' : 'cosignature';
  const named: NamedKey = { name: match[1] ?? '', kind, key: keyOf(bytes.slice(1)) };
  const isWhole =
    bytes[0] === keyKind[kind] && keyId(primitives, named) === Number.parseInt(match[2] ?? '', 16);
  if (!isWhole || !isStrictPublicKey(named.key))
    throw new Fault('malformed', `no key ${hex(bytes.slice(0, 5))}…`);
  return named;
}

/** RFC 4648 section 4, with padding. */
export function base64(bytes: Uint8Array): string {
  const text = base64url(bytes).replaceAll('-', '+').replaceAll('_', '/');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/** Bytes of a text in its only canonical form, or null. */
export function fromBase64(text: string): Uint8Array | null {
  const bytes = fromBase64url(text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''));
  return bytes !== null && base64(bytes) === text ? bytes : null;
}
