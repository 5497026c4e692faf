/** Sections of a journal record as vectors state them. */

import { must } from 'copse/internal/base/assert.ts';
import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import { deviceId, logId, siteId } from 'copse/internal/base/ids.ts';
import {
  eachSection,
  putDeclare,
  putEntries,
  putLease,
  putSeal,
  putSnapshot,
  putTrim,
} from 'copse/internal/log/record.ts';
import type { Writer } from 'copse/internal/wire/buffer.ts';

export type SectionJson =
  | {
      readonly kind: 'entries';
      readonly number: number;
      readonly first: number;
      readonly count: number;
      readonly entries: string;
    }
  | { readonly kind: 'declare'; readonly number: number; readonly site: string; readonly log: string }
  | { readonly kind: 'seal'; readonly epoch: number; readonly owner: string }
  | { readonly kind: 'trim'; readonly number: number; readonly first: number }
  | {
      readonly kind: 'lease';
      readonly number: number;
      readonly epoch: number;
      readonly device: string | null;
    }
  | {
      readonly kind: 'snapshot';
      readonly number: number;
      readonly from: number;
      readonly at: number;
      readonly last: number;
      readonly isLeaders: boolean;
    };

export function putSection(writer: Writer, section: SectionJson): void {
  switch (section.kind) {
    case 'entries':
      putEntries(writer, section, [unhex(section.entries)]);
      return;
    case 'declare':
      putDeclare(writer, section.number, siteId(section.site), logId(section.log));
      return;
    case 'seal':
      putSeal(writer, section.epoch, unhex(section.owner));
      return;
    case 'lease': {
      const { number, epoch, device } = section;
      putLease(writer, { number, epoch, device: device === null ? null : deviceId(device) });
      return;
    }
    case 'snapshot':
      putSnapshot(writer, section.number, section);
      return;
    case 'trim':
      putTrim(writer, section.number, section.first);
  }
}

export function readSections(record: Uint8Array): readonly SectionJson[] {
  const sections: SectionJson[] = [];
  eachSection(record, (section) => {
    if (section.kind === 'entries') {
      const { kind, number, first, count, start, end } = section;
      sections.push({ kind, number, first, count, entries: hex(record.subarray(start, end)) });
    } else if (section.kind === 'seal') {
      sections.push({ ...section, owner: hex(section.owner) });
    } else {
      sections.push(section);
    }
  });
  return sections;
}

function unhex(text: string): Uint8Array {
  return must(fromHex(text), 'bytes are stated in hex');
}
