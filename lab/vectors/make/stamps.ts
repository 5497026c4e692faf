/** Stamps of work, and what is none though it looks like it. */

import { hex } from 'copse/internal/base/bytes.ts';
import { workBitsMax } from 'copse/internal/base/limits-work.ts';
import {
  Grind,
  headOf,
  isWork,
  plainGrinder,
  WORK_ALGORITHM,
  zeroBits,
  type Stamp,
  type WorkFor,
} from 'copse/internal/crypto/work.ts';
import { Draw, primitives, wallMs } from './draw.ts';
import type { Vector, VectorFile } from './file.ts';

const draw = new Draw('stamps');
const of: WorkFor = { id: draw.bytes(32), node: draw.bytes(32), recipient: draw.bytes(32) };
const HOUR_MS = 3_600_000;

export function stamps(): VectorFile {
  const good = stamp(12);
  const other = draw.bytes(32);
  return {
    path: 'stamps.json',
    about:
      'Stamps of work for the message `id`, from whoever shows them to `recipient` at `node`. `head` is what is hashed before the nonce, `zeroBits` how many zero bits the hash begins with.',
    valid: [vector('no work', stamp(0)), vector('twelve bits', good), vector('sixteen bits', stamp(16))],
    invalid: [
      wrong('more bits claimed than worked', of, { ...good, bits: 13 }),
      wrong('fewer bits claimed than worked', of, { ...good, bits: 11 }),
      wrong('more bits than are ever asked', of, { ...good, bits: workBitsMax + 1 }),
      wrong('another message', { ...of, id: other }, good),
      wrong('another node', { ...of, node: other }, good),
      wrong('another recipient', { ...of, recipient: other }, good),
      wrong('a later end', of, { ...good, expiresMs: good.expiresMs + 1 }),
      wrong('another algorithm', of, { ...good, algorithm: 2 }),
      wrong('a nonce too short', of, { ...good, nonce: good.nonce.slice(1) }),
    ],
  };
}

function stamp(bits: number): Stamp {
  const expiresMs = wallMs + HOUR_MS;
  const grind = new Grind(plainGrinder(primitives), headOf(of, { bits, expiresMs }), {
    bits,
    first: new Uint8Array(8),
  });
  const nonce = grind.step(1 << 22);
  if (nonce === null) throw new Error(`no stamp of ${bits} bits`);
  return { algorithm: WORK_ALGORITHM, bits, expiresMs, nonce };
}

function fieldsOf(work: WorkFor, { algorithm, bits, expiresMs, nonce }: Stamp) {
  const { id, node, recipient } = work;
  return {
    id: hex(id),
    node: hex(node),
    recipient: hex(recipient),
    algorithm,
    bits,
    expiresMs,
    nonce: hex(nonce),
  };
}

function vector(name: string, made: Stamp): Vector {
  const head = headOf(of, made);
  const hash = plainGrinder(primitives)(head)(made.nonce);
  return { name, ...fieldsOf(of, made), head: hex(head), hash: hex(hash), zeroBits: zeroBits(hash) };
}

function wrong(name: string, work: WorkFor, made: Stamp): Vector {
  if (isWork(primitives, work, made)) throw new Error(`${name} is work`);
  return { name, ...fieldsOf(work, made) };
}
