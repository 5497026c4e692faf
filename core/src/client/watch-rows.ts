/** What the watch on a node's log keeps on the device: the checkpoint, an alarm with its evidence, what was noticed. */

import { equal, fromUtf8, hex, utf8 } from '../base/bytes.ts';
import { Fault, FAULTS } from '../base/fault.ts';
import type { Key } from '../base/ids.ts';
import { keepNameBytesMax, noticesMax } from '../base/limits.ts';
import { list, struct } from '../wire/compound.ts';
import { decode, encode, text, uint, type Of } from '../wire/shape.ts';
import { faultOf } from './fault-number.ts';
import type { Keep } from './keep.ts';
import { trustRowShape, type Trust } from './trust.ts';
import {
  noticeShape,
  pastAlarmShape,
  pastAlarmsMax,
  type NoticeRow,
  type PastAlarmRow,
} from './watch-api.ts';

const NOTE = 'watch/note';
const ALARM = 'watch/alarm';
const EVIDENCE = 'watch/evidence';
const ME = 'watch/me';
const NOTICES = 'watch/notices';
const PAST = 'watch/past';
const STATED = 'watch/stated';
const EMAIL = 'watch/email/';
const PERSON = 'watch/person/';

const alarmShape = struct({ fault: uint(255), detail: text(512) });
/** The newest leaf of a label that was looked at, and its place among those of the label. */
const labelRowShape = struct({ index: uint(), count: uint() });
export type LabelRow = Of<typeof labelRowShape>;
const noticesShape = list(noticeShape, noticesMax);
const pastShape = list(pastAlarmShape, pastAlarmsMax);

export class WatchRows {
  readonly #keep: Keep;

  constructor(keep: Keep) {
    this.#keep = keep;
  }

  async note(): Promise<string | null> {
    const kept = await this.#keep.get(NOTE);
    return kept === null ? null : fromUtf8(kept);
  }

  /** Survives power loss: what was seen once must not be forgotten for a checkpoint that lacks it. */
  async putNote(note: string): Promise<void> {
    await this.#keep.write([{ name: NOTE, value: utf8(note) }], 'strict');
  }

  async alarm(): Promise<Fault | null> {
    const kept = await this.#keep.get(ALARM);
    if (kept === null) return null;
    const { fault, detail } = decode(alarmShape, kept);
    return new Fault(faultOf(fault).code, detail);
  }

  /** With the two notes of a fork, as others need them to see it; without evidence the row of it stays as it is. */
  async putAlarm({ code, detail }: Fault, evidence: string): Promise<void> {
    const value = encode(alarmShape, { fault: FAULTS[code].number, detail });
    const more = evidence === '' ? [] : [{ name: EVIDENCE, value: utf8(evidence) }];
    await this.#keep.write([{ name: ALARM, value }, ...more], 'strict');
  }

  async alarms(): Promise<{ readonly evidence: string; readonly past: readonly PastAlarmRow[] }> {
    const evidence = await this.#keep.get(EVIDENCE);
    const past = await this.#keep.get(PAST);
    return {
      evidence: evidence === null ? '' : (fromUtf8(evidence) ?? ''),
      past: past === null ? [] : decode(pastShape, past),
    };
  }

  /**
   * The alarm becomes a trace that stays. With it goes all that rested on the log, the marks of those whom it
   * vouched for too; digits that people have compared rest on nobody's word.
   */
  async acknowledge(
    { code, detail }: Fault,
    {
      timeMs,
      evidence,
      past,
    }: Pick<PastAlarmRow, 'timeMs' | 'evidence'> & { readonly past: readonly PastAlarmRow[] },
  ): Promise<void> {
    const row = { fault: FAULTS[code].number, detail, timeMs, evidence };
    const people = await this.#keep.list(PERSON);
    const checked = people.filter(({ value }) => decode(trustRowShape, value).trust === 'checked');
    const gone = [ALARM, EVIDENCE, NOTE, ME, STATED, ...checked.map(({ name }) => name)];
    const emails = (await this.#keep.list(EMAIL)).map(({ name }) => name);
    await this.#keep.write(
      [
        { name: PAST, value: encode(pastShape, [row, ...past].slice(0, pastAlarmsMax)) },
        ...[...gone, ...emails].map((name) => ({ name, value: null })),
      ],
      'strict',
    );
  }

  async ofMe(): Promise<LabelRow | null> {
    return this.#label(ME);
  }

  async putMe(row: LabelRow): Promise<void> {
    await this.#keep.write([{ name: ME, value: encode(labelRowShape, row) }]);
  }

  async emails(): Promise<readonly string[]> {
    return (await this.#keep.list(EMAIL)).map(({ name }) => decodeURIComponent(name.slice(EMAIL.length)));
  }

  async ofEmail(email: string): Promise<LabelRow | null> {
    return this.#label(rowOfEmail(email));
  }

  async putEmail(email: string, row: LabelRow): Promise<void> {
    await this.#keep.write([{ name: rowOfEmail(email), value: encode(labelRowShape, row) }]);
  }

  async forgetEmail(email: string): Promise<void> {
    await this.#keep.write([{ name: rowOfEmail(email), value: null }]);
  }

  /** Whether a label, the user's or an address's, has not been looked at before. */
  async isFirstLook(email: string): Promise<boolean> {
    return (await this.#label(email === '' ? ME : rowOfEmail(email))) === null;
  }

  async notices(): Promise<readonly NoticeRow[]> {
    const kept = await this.#keep.get(NOTICES);
    return kept === null ? [] : decode(noticesShape, kept);
  }

  async addNotice(notice: NoticeRow): Promise<void> {
    const all = [notice, ...(await this.notices())].slice(0, noticesMax);
    await this.#keep.write([{ name: NOTICES, value: encode(noticesShape, all) }]);
  }

  async trust(user: Key): Promise<Trust> {
    const kept = await this.#keep.get(rowOfPerson(user));
    return kept === null ? 'unverified' : decode(trustRowShape, kept).trust;
  }

  async putTrust(user: Key, trust: Trust, timeMs: number): Promise<void> {
    await this.#keep.write([{ name: rowOfPerson(user), value: encode(trustRowShape, { trust, timeMs }) }]);
  }

  /** Whether this statement of the user's key was put into the log. */
  async isStated(object: Uint8Array): Promise<boolean> {
    const kept = await this.#keep.get(STATED);
    return kept !== null && equal(kept, object);
  }

  async putStated(object: Uint8Array): Promise<void> {
    await this.#keep.write([{ name: STATED, value: object }]);
  }

  async #label(name: string): Promise<LabelRow | null> {
    const kept = await this.#keep.get(name);
    return kept === null ? null : decode(labelRowShape, kept);
  }
}

function rowOfPerson(user: Key): string {
  return `${PERSON}${hex(user)}`;
}

/** Rows have short names in ASCII. */
function rowOfEmail(email: string): string {
  const name = EMAIL + encodeURIComponent(email);
  if (name.length > keepNameBytesMax) throw new Fault('tooLarge', 'an address that this device can watch');
  return name;
}
