import { deepEqual, equal, match, rejects, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';

import { Fault } from '../base/fault.ts';
import { key } from '../base/ids.ts';
import { nativePrimitives } from '../native/primitives.ts';
import {
  cosign,
  cosignaturesOf,
  logKey,
  openCheckpoint,
  readCheckpoint,
  signCheckpoint,
  writeCheckpoint,
} from './checkpoint.ts';
import { fromBase64, keyId, readKey, readNote, writeKey, writeNote, type NamedKey } from './note.ts';

const primitives = nativePrimitives();
const seed = new Uint8Array(32).fill(1);
const otherSeed = new Uint8Array(32).fill(2);
const publicKey = async (of: Uint8Array) => key(await primitives.ed25519PublicKey(of));
const log = logKey(await publicKey(seed));
const witness: NamedKey = {
  name: 'witness.example/w1',
  kind: 'cosignature',
  key: await publicKey(otherSeed),
};
const root = new Uint8Array(32).fill(9);
const note = await signCheckpoint(primitives, seed, log, { size: 42, root });

test('[M3] a checkpoint is read as it was signed', async () => {
  const checkpoint = await openCheckpoint(primitives, log, note);
  deepEqual([checkpoint.origin, checkpoint.size, checkpoint.root], [log.name, 42, root]);
  match(note, /^copse\.log\/[\w-]{43}\n42\n[\w+/]{43}=\n\n\u2014 copse\.log\/[\w-]{43} [\w+/]+=*\n$/u);
  equal(writeNote(readNote(note)), note);
});

test('[M3] another origin, another key, another tree or no signature is refused', async () => {
  const other = logKey(await publicKey(otherSeed));
  const foreign = await signCheckpoint(primitives, otherSeed, other, { size: 42, root });
  // The name of the log under the key of another.
  const posing = await signCheckpoint(primitives, otherSeed, { ...log, key: other.key }, { size: 42, root });
  const renamed = await signCheckpoint(primitives, seed, { ...log, name: 'copse.log/x' }, { size: 42, root });
  const altered = note.replace('\n42\n', '\n43\n');
  for (const wrong of [foreign, posing, renamed, altered]) {
    await rejects(openCheckpoint(primitives, log, wrong), { code: 'badProof' });
  }
  // A true signature does not save a note that carries a false one of the same key.
  const line = readNote(await signCheckpoint(primitives, seed, log, { size: 7, root })).signatures;
  const read = readNote(note);
  const both = writeNote({ text: read.text, signatures: [...read.signatures, ...line] });
  await rejects(openCheckpoint(primitives, log, both), { code: 'badProof' });
});

test('[M3] what is no note or no checkpoint is malformed, whatever it is', async () => {
  const texts = [
    '',
    '\n',
    'a\n\n',
    'a\n\nb\n',
    note.slice(0, -1),
    note.replace('\u2014', '-'),
    `${note}\u0007\n`,
  ];
  for (const text of texts) await rejects(openCheckpoint(primitives, log, text), { code: 'malformed' });
  await rejects(openCheckpoint(primitives, log, 'a\n'.repeat(20_000)), { code: 'tooLarge' });
  const lines = ['o\n1\n', 'o\n01\nAA==\n', 'o\n-1\n', '\n1\n', 'o\n1\nAA==\n', 'o\n1e3\n'];
  for (const text of lines) throws(() => readCheckpoint(text), { code: 'malformed' });
  const more = `${writeCheckpoint({ origin: 'o', size: 1, root })}more\n`;
  throws(() => readCheckpoint(more), { code: 'malformed' });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        equal(writeNote(readNote(text)), text);
      } catch (thrown) {
        equal(thrown instanceof Fault && (thrown.code === 'malformed' || thrown.code === 'tooLarge'), true);
      }
    }),
  );
});

test('[M3] a key is one word, whose id is that of its name, kind and bytes', async () => {
  const word = writeKey(primitives, witness);
  deepEqual(readKey(primitives, word), witness);
  equal(Number.parseInt(word.split('+')[1] ?? '', 16), keyId(primitives, witness));
  for (const wrong of [
    word.replace('w1', 'w2'),
    word.slice(0, -4),
    'a+b',
    word.replace(/\+\w{8}\+/, '+00000000+'),
  ]) {
    throws(() => readKey(primitives, wrong), { code: 'malformed' });
  }
  // The published example of the specification: the id is the hash of name, kind and key.
  const published = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  equal(readKey(primitives, published).name, 'PeterNeumann');
  const message =
    'If you think cryptography is the answer to your problem,\n' +
    "then you don't know what your problem is.\n\n" +
    '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
  const { isSignedBy } = await import('./note.ts');
  equal(await isSignedBy(primitives, readNote(message), readKey(primitives, published)), true);
  equal(fromBase64('AA='), null);
  equal(fromBase64('AB=='), null, 'bits that are not zero');
});

test('[M4] a cosignature says who saw the checkpoint and when; those of strangers are ignored', async () => {
  const { text, signatures } = readNote(note);
  const line = await cosign(primitives, otherSeed, witness, { text, timeS: 1_700_000_000 });
  const seen = readNote(note + line);
  equal(seen.signatures.length, signatures.length + 1);
  deepEqual(await cosignaturesOf(primitives, seen, [witness]), [{ by: witness, timeS: 1_700_000_000 }]);
  deepEqual(await cosignaturesOf(primitives, seen, [{ ...witness, name: 'witness.example/w2' }]), []);
  equal((await openCheckpoint(primitives, log, note + line)).size, 42, 'the log itself is still signed');
});

test('[M4] a false cosignature of a known cosigner condemns the note', async () => {
  const { text } = readNote(note);
  const moved = await cosign(primitives, otherSeed, witness, { text: text.replace('42', '41'), timeS: 1 });
  await rejects(cosignaturesOf(primitives, readNote(note + moved), [witness]), { code: 'badProof' });
  // As a log's signature it is nothing, and a log's signature is no cosignature.
  const asLog = await signCheckpoint(
    primitives,
    otherSeed,
    { ...witness, kind: 'ed25519' },
    { size: 42, root },
  );
  deepEqual(await cosignaturesOf(primitives, readNote(asLog), [witness]), []);
});
