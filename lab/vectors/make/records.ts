/** Records of the journal: not spoken on the wire, but what a node's directory holds (SPEC J8). */

import { must } from 'copse/internal/base/assert.ts';
import { concat, fromHex, hex, utf8 } from 'copse/internal/base/bytes.ts';
import { encodeEntry } from 'copse/internal/wire/entry.ts';
import { Writer } from 'copse/internal/wire/buffer.ts';
import { putSection, type SectionJson } from '../record-json.ts';
import { deviceId, site } from './cast.ts';
import { Draw } from './draw.ts';
import type { Vector, VectorFile } from './file.ts';

const draw = new Draw('records');
const log = hex(draw.bytes(16));
const device = must(fromHex(deviceId), 'an id is hex');
const entry = (seq: number): Uint8Array =>
  encodeEntry({
    sealed: false,
    device,
    epoch: 1,
    seq,
    keyEpoch: 0,
    timeMs: 0,
    payload: utf8(`entry ${seq}`),
  });

const VALID: readonly (readonly [name: string, sections: readonly SectionJson[]])[] = [
  ['no section', []],
  ['seal', [{ kind: 'seal', epoch: 1, owner: hex(utf8('node 1')) }]],
  ['seal without an owner', [{ kind: 'seal', epoch: 2 ** 32, owner: '' }]],
  ['declare', [{ kind: 'declare', number: 1, site, log }]],
  ['trim', [{ kind: 'trim', number: 300, first: 4097 }]],
  ['lease', [{ kind: 'lease', number: 300, epoch: 129, device: '0102030405060708' }]],
  ['lease of nobody: the log is open', [{ kind: 'lease', number: 7, epoch: 2, device: null }]],
  ['snapshot', [{ kind: 'snapshot', number: 300, from: 4097, at: 4100, last: 4103, isLeaders: true }]],
  [
    'a group commit of two logs',
    [
      { kind: 'declare', number: 1, site, log },
      { kind: 'entries', number: 1, first: 1, count: 2, entries: hex(concat(entry(1), entry(2))) },
      { kind: 'entries', number: 130, first: 70_000, count: 1, entries: hex(entry(3)) },
    ],
  ],
];

const INVALID: readonly (readonly [name: string, bytes: string, fault: string])[] = [
  ['a section of length 0', '00', 'malformed'],
  ['a length beyond the end', '0504', 'malformed'],
  ['an unknown kind: a newer version wrote it', '020900', 'newer'],
  ['kind 0', '0100', 'newer'],
  ['a declare that ends too early', '0302' + '01aa', 'malformed'],
  ['a trim with a byte too many', '0404' + '010200', 'malformed'],
  ['a trim with a number not in its shortest form', '0404' + '810002', 'malformed'],
];

export function records(): VectorFile {
  return {
    path: 'records.json',
    about: 'Bodies of journal records: sections with their length and kind.',
    valid: VALID.map(([name, sections]): Vector => {
      const writer = new Writer();
      for (const section of sections) putSection(writer, section);
      return { name, bytes: hex(writer.take()), sections: sections.map((section) => ({ ...section })) };
    }),
    invalid: INVALID.map(([name, bytes, fault]): Vector => ({ name, bytes, fault })),
  };
}
