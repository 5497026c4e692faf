/**
 * Keys and values, of which the last writer in the order of the log wins (SPEC V15, V17). No clock is asked. A change
 * may say how much of the map its writer had seen; then what somebody else has written since is left as it is.
 */

import { fromUtf8, utf8 } from '../base/bytes.ts';
import { must } from '../base/assert.ts';
import { documentCharsMax, mapDeletedMax, mapKeyCharsMax, mapKeysMax } from '../base/limits-documents.ts';
import type { Decision } from '../client/lead.ts';
import type { Author, Document } from './document.ts';
import { charsOf, isJson, isList, isName, isObject, measure, type JsonValue } from './json-value.ts';

export interface MapChange {
  readonly set?: Readonly<Record<string, JsonValue>>;
  readonly delete?: readonly string[];
  /** The version of the map that its writer had before her: what others have written since stays. */
  readonly seen?: number;
}

export interface MapView {
  readonly values: ReadonlyMap<string, JsonValue>;
  /** How many values of the log have made it. */
  readonly version: number;
}

/** The last writing of a key. */
interface Written {
  readonly version: number;
  readonly device: string;
}

interface Kept extends Written {
  readonly value: JsonValue;
  /** Of key and value in JSON. */
  readonly chars: number;
}

interface State {
  version: number;
  chars: number;
  /** The newest version whose deletions are no longer known. */
  forgotten: number;
  readonly kept: Map<string, Kept>;
  readonly deleted: Map<string, Written>;
}

interface Write {
  readonly key: string;
  /** Undefined: the key is deleted. */
  readonly value: JsonValue | undefined;
}

export class MapDocument implements Document<MapView> {
  #state: State = { version: 0, chars: 2, forgotten: 0, kept: new Map(), deleted: new Map() };

  view(): MapView {
    const { kept, version } = this.#state;
    return { values: new Map([...kept].map(([key, { value }]) => [key, value])), version };
  }

  judge(change: unknown, by: Author): Decision<unknown> {
    return this.#plan(change, by).decision;
  }

  take(change: unknown, by: Author): Decision<unknown> {
    const { decision, writes } = this.#plan(change, by);
    // What is refused counts too: in an open log it stands, and everybody counts the same.
    this.#state.version += 1;
    for (const write of writes) this.#write(write, by);
    return decision;
  }

  #plan(
    change: unknown,
    by: Author,
  ): { readonly decision: Decision<unknown>; readonly writes: readonly Write[] } {
    const read = readChange(change);
    if (typeof read === 'string') return { decision: { kind: 'refuse', reason: read }, writes: [] };
    const free = read.writes.filter(({ key }) => !this.#isContested(key, read.seen, by));
    const decision = this.#decisionOn(read, free);
    return { decision, writes: decision.kind === 'refuse' ? [] : free };
  }

  #decisionOn({ writes, seen }: Change, free: readonly Write[]): Decision<unknown> {
    if (free.length === 0)
      return { kind: 'refuse', reason: `Somebody has written meanwhile: ${named(writes)}.` };
    const tooMuch = this.#tooMuch(free);
    if (tooMuch !== null) return { kind: 'refuse', reason: tooMuch };
    return free.length === writes.length ? { kind: 'take' } : { kind: 'change', value: changeOf(free, seen) };
  }

  /** Whether another device has written the key since that version. */
  #isContested(key: string, seen: number | null, { device }: Author): boolean {
    if (seen === null) return false;
    const { kept, deleted, forgotten } = this.#state;
    const last = kept.get(key) ?? deleted.get(key);
    if (last === undefined) return seen < forgotten;
    return last.version > seen && last.device !== device;
  }

  #tooMuch(writes: readonly Write[]): string | null {
    let { size } = this.#state.kept;
    let { chars } = this.#state;
    for (const { key, value } of writes) {
      const before = this.#state.kept.get(key);
      size += (value === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
      chars += (value === undefined ? 0 : charsOfMember(key, value)) - (before?.chars ?? 0);
    }
    if (size > mapKeysMax) return `A map has at most ${mapKeysMax} keys.`;
    return chars > documentCharsMax ? `A map has at most ${documentCharsMax} characters.` : null;
  }

  #write({ key, value }: Write, { device }: Author): void {
    const { kept, deleted, version } = this.#state;
    const before = kept.get(key);
    this.#state.chars -= before?.chars ?? 0;
    if (value === undefined) {
      if (before === undefined) return;
      kept.delete(key);
      deleted.set(key, { version, device });
      this.#forget();
      return;
    }
    const chars = charsOfMember(key, value);
    this.#state.chars += chars;
    deleted.delete(key);
    kept.set(key, { value, chars, version, device });
  }

  /** Lets the oldest deletion go when there are too many. */
  #forget(): void {
    const { deleted } = this.#state;
    if (deleted.size <= mapDeletedMax) return;
    const [key, { version }] = must(deleted.entries().next().value, 'something was deleted');
    deleted.delete(key);
    this.#state.forgotten = version;
  }

  fork(): MapDocument {
    const { kept, deleted, ...counts } = this.#state;
    const copy = new MapDocument();
    copy.#state = { ...counts, kept: new Map(kept), deleted: new Map(deleted) };
    return copy;
  }

  save(): Uint8Array {
    const { version, forgotten, kept, deleted } = this.#state;
    const keys = [...kept].map(([key, { value, ...by }]) => [key, by.version, by.device, value]);
    const gone = [...deleted].map(([key, by]) => [key, by.version, by.device]);
    return utf8(JSON.stringify({ map: { version, forgotten, keys, gone } }));
  }

  load(state: Uint8Array): void {
    const saved: unknown = JSON.parse(fromUtf8(state) ?? '');
    const map = isObject(saved) ? saved['map'] : undefined;
    if (!isObject(map)) throw noMap();
    const { version, forgotten, keys, gone } = map;
    if (!isCount(version) || !isCount(forgotten) || !isList(keys) || !isList(gone)) throw noMap();
    const next: State = { version, forgotten, chars: 2, kept: new Map(), deleted: new Map() };
    for (const row of keys) {
      const [key, at, device, value] = rowOf(row);
      if (!isKey(key) || !isCount(at) || typeof device !== 'string' || !isJson(value)) throw noMap();
      const chars = charsOfMember(key, value);
      next.kept.set(key, { value, chars, version: at, device });
      next.chars += chars;
    }
    for (const row of gone) {
      const [key, at, device] = rowOf(row);
      if (!isKey(key) || !isCount(at) || typeof device !== 'string') throw noMap();
      next.deleted.set(key, { version: at, device });
    }
    if (next.kept.size > mapKeysMax || next.deleted.size > mapDeletedMax || next.chars > documentCharsMax)
      throw noMap();
    this.#state = next;
  }
}

function noMap(): TypeError {
  return new TypeError('This is no saved map.');
}

function rowOf(row: unknown): readonly unknown[] {
  if (!isList(row)) throw noMap();
  return row;
}

interface Change {
  readonly writes: readonly Write[];
  readonly seen: number | null;
}

/** A change as it may come from anybody, or why it is none. */
function readChange(change: unknown): Change | string {
  if (!isObject(change)) return 'A change of a map is an object.';
  const set = change['set'] ?? {};
  const gone = change['delete'] ?? [];
  const seen = change['seen'] ?? null;
  if (!isObject(set) || !isList(gone) || (seen !== null && !isCount(seen))) {
    return 'A change of a map has `set`, `delete` and `seen`.';
  }
  const writes: Write[] = [];
  for (const [key, value] of Object.entries(set)) {
    if (!isJson(value)) return 'A value is no JSON, or too deep.';
    writes.push({ key, value });
  }
  for (const key of gone) {
    if (typeof key !== 'string') return 'A key is a text.';
    writes.push({ key, value: undefined });
  }
  if (writes.length === 0) return 'It changes nothing.';
  if (!writes.every(({ key }) => isKey(key)))
    return `A key is a text of at most ${mapKeyCharsMax} characters.`;
  return new Set(writes.map(({ key }) => key)).size === writes.length
    ? { writes, seen }
    : 'A key is named twice.';
}

function changeOf(writes: readonly Write[], seen: number | null): MapChange {
  const set = writes.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value] as const]));
  const gone = writes.filter(({ value }) => value === undefined).map(({ key }) => key);
  return {
    ...(set.length === 0 ? {} : { set: Object.fromEntries(set) }),
    ...(gone.length === 0 ? {} : { delete: gone }),
    ...(seen === null ? {} : { seen }),
  };
}

const NAMED_MAX = 3;

/** Some of the keys, for a sentence. */
function named(writes: readonly Write[]): string {
  const names = writes.slice(0, NAMED_MAX).map(({ key }) => key.slice(0, 20).toWellFormed());
  return writes.length > NAMED_MAX ? `${names.join(', ')} and others` : names.join(', ');
}

function isKey(key: unknown): key is string {
  return typeof key === 'string' && key.length <= mapKeyCharsMax && isName(key);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function charsOfMember(key: string, value: JsonValue): number {
  return charsOf(key) + 2 + must(measure(value), 'a kept value is JSON').chars;
}
