/**
 * Reads the public vectors (Wycheproof, CCTV, BIP39) into cases. Nothing of them is kept in the
 * repository; `COPSE_VECTORS` names their folder, `../shared/data/vectors` beside the checkout otherwise.
 */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRecord, type Case, type Suite } from './crypto-case.ts';

type Json = Readonly<Record<string, unknown>>;

export function vectorsFolder(): string {
  const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
  return process.env['COPSE_VECTORS'] ?? join(root, '../shared/data/vectors');
}

export function readCases(folder: string): readonly Case[] {
  const wycheproof = (file: string, read: (group: Json, item: Json) => Case | null) =>
    groupsOf(JSON.parse(readFileSync(join(folder, 'wycheproof', file), 'utf8')), read);
  return [
    ...wycheproof('ed25519_test.json', (group, item) =>
      caseOf('ed25519', item, { ...texts(item, 'msg', 'sig'), key: text(record(group['publicKey'])['pk']) }),
    ),
    ...wycheproof('x25519_test.json', (_, item) =>
      caseOf('x25519', item, texts(item, 'public', 'private', 'shared')),
    ),
    ...wycheproof('hmac_sha256_test.json', (group, item) =>
      caseOf('hmac', item, texts(item, 'key', 'msg', 'tag'), number(group['tagSize']) / 8),
    ),
    ...wycheproof('hkdf_sha256_test.json', (_, item) =>
      caseOf('hkdf', item, texts(item, 'ikm', 'salt', 'info', 'okm'), number(item['size'])),
    ),
    ...wycheproof('aes_gcm_test.json', (group, item) =>
      isOurGcm(group) ? caseOf('aes-gcm', item, texts(item, 'key', 'iv', 'aad', 'msg', 'ct', 'tag')) : null,
    ),
    ...cctv(JSON.parse(readFileSync(join(folder, 'cctv/ed25519vectors.json'), 'utf8'))),
    ...bip39(JSON.parse(readFileSync(join(folder, 'bip39/vectors.json'), 'utf8'))),
  ];
}

/** The sizes that copse uses or, for 128 bits, that the HPKE vectors use. */
function isOurGcm(group: Json): boolean {
  return group['ivSize'] === 96 && group['tagSize'] === 128 && group['keySize'] !== 192;
}

/**
 * Our rule in the words of the CCTV flags: small-order and non-canonical A and R are refused, and what
 * is left must satisfy the equation without the cofactor (no residue of low order).
 */
const REFUSED_FLAGS = [
  'low_order_A',
  'low_order_R',
  'non_canonical_A',
  'non_canonical_R',
  'low_order_residue',
];

function cctv(vectors: unknown): readonly Case[] {
  return list(vectors).map((item) => {
    const flags: readonly unknown[] = Array.isArray(item['flags']) ? item['flags'] : [];
    return {
      suite: 'cctv',
      name: `CCTV ${number(item['number'])} [${flags.join(' ')}]`,
      result: REFUSED_FLAGS.some((flag) => flags.includes(flag)) ? 'invalid' : 'valid',
      fields: { ...texts(item, 'key', 'sig'), msg: Buffer.from(text(item['msg'])).toString('hex') },
      size: 0,
    };
  });
}

/** All English vectors: those of 24 words are phrases of ours, the shorter ones must be refused. */
function bip39(vectors: unknown): readonly Case[] {
  const rows: unknown = record(vectors)['english'];
  if (!Array.isArray(rows)) throw new Error('bip39/vectors.json has no English vectors');
  return rows.map((row: unknown, i) => {
    const [entropy, phrase, trezorSeed] = Array.isArray(row) ? row.map(text) : [];
    if (entropy === undefined || phrase === undefined || trezorSeed === undefined) {
      throw new Error(`bip39/vectors.json: vector ${i} is not entropy, phrase and seed`);
    }
    return {
      suite: 'bip39',
      name: `BIP39 English ${i} (${phrase.split(' ').length} words)`,
      result: phrase.split(' ').length === 24 ? 'valid' : 'invalid',
      fields: { entropy, phrase, trezorSeed },
      size: 0,
    };
  });
}

function groupsOf(file: unknown, read: (group: Json, item: Json) => Case | null): readonly Case[] {
  return list(record(file)['testGroups']).flatMap((group) =>
    list(group['tests']).flatMap((item) => read(group, item) ?? []),
  );
}

function caseOf(suite: Suite, item: Json, fields: Case['fields'], size = 0): Case {
  const result = text(item['result']);
  if (result !== 'valid' && result !== 'invalid' && result !== 'acceptable') {
    throw new Error(`Wycheproof has a new result: ${result}`);
  }
  const name = `Wycheproof ${suite} ${number(item['tcId'])} ${text(item['comment'])}`;
  return { suite, name, result, fields, size };
}

function texts(item: Json, ...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, text(item[name])]));
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`a text is expected in the vectors: ${String(value)}`);
  return value;
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw new Error(`a number is expected in the vectors: ${String(value)}`);
  return value;
}

function record(value: unknown): Json {
  if (!isRecord(value)) throw new Error('an object is expected in the vectors');
  return value;
}

function list(value: unknown): readonly Json[] {
  if (!Array.isArray(value)) throw new Error('a list is expected in the vectors');
  return value.map(record);
}
