/** E-mail sign-ins in memory (interface and promises: `email.ts`, but nothing survives the process). */

import { hex } from 'copse/internal/base/bytes.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import type { EmailRecord, EmailRecords } from './email.ts';

type Place = Pick<EmailRecord, 'user' | 'device' | 'label'>;

export class MemoryEmails implements EmailRecords {
  readonly #recordByPlace = new Map<string, EmailRecord>();

  async put(record: EmailRecord): Promise<void> {
    this.#recordByPlace.set(placeOf(record), { ...record });
  }

  async ofUser(user: Key, countMax: number): Promise<readonly EmailRecord[]> {
    return this.#newest((record) => hex(record.user) === hex(user), countMax);
  }

  async ofLabel(label: string, countMax: number): Promise<readonly EmailRecord[]> {
    return this.#newest((record) => record.label === label, countMax);
  }

  async remove(place: Place): Promise<void> {
    this.#recordByPlace.delete(placeOf(place));
  }

  #newest(isWanted: (record: EmailRecord) => boolean, countMax: number): readonly EmailRecord[] {
    const wanted = [...this.#recordByPlace.values()].filter(isWanted);
    return wanted.toSorted((a, b) => b.statement - a.statement).slice(0, countMax);
  }
}

function placeOf({ user, device, label }: Place): string {
  return `${hex(user)} ${hex(device)} ${label}`;
}
