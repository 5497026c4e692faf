/**
 * A patch on a JSON document (RFC 6902): applied whole, or not at all and with the operation that failed. The document
 * before stays as it is; what the patch does not touch is shared. The answer depends on document and patch alone, and
 * what a patch may cost is bounded, because everybody who has the log applies it.
 */

import { must } from '../base/assert.ts';
import {
  documentCharsMax,
  documentDepthMax,
  patchOperationsMax,
  patchWorkMax,
} from '../base/limits-documents.ts';
import { childOf, indexOf, parsePointer, valueAt } from './json-pointer.ts';
import { charsOf, isJson, isList, isObject, measure, type JsonValue, type Measure } from './json-value.ts';

export type Operation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly from: string; readonly path: string };

export type Patch = readonly Operation[];

/** A document and the characters of its JSON text. */
export interface Sized {
  readonly root: JsonValue;
  readonly chars: number;
}

export type Patched =
  | ({ readonly kind: 'ok' } & Sized)
  | { readonly kind: 'refused'; readonly reason: string };

export function applyPatch(document: Sized, patch: unknown): Patched {
  if (!isList(patch)) return refused('A patch is a list of operations.');
  if (patch.length > patchOperationsMax)
    return refused(`A patch has at most ${patchOperationsMax} operations.`);
  const patching = new Patching(document);
  for (const [number, operation] of patch.entries()) {
    const reason = patching.run(operation);
    if (reason !== null) return refused(`operation ${number}${nameOf(operation)}: ${reason}`);
  }
  return { kind: 'ok', root: patching.root, chars: patching.chars };
}

function refused(reason: string): Patched {
  return { kind: 'refused', reason };
}

const WORD_CHARS_MAX = 40;

function nameOf(operation: unknown): string {
  if (!isObject(operation)) return '';
  return ` (${wordOf(operation['op'])} ${wordOf(operation['path'])})`;
}

/** What a stranger has written, short enough for a sentence. */
function wordOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, WORD_CHARS_MAX).toWellFormed() : '?';
}

const NOTHING_THERE = 'there is nothing at this path';
const NO_POINTER = 'this is no path';
const NO_JSON = 'the value is no JSON, or too deep';
const TOO_COSTLY = 'the patch touches too much at once';

/** A container that this patch has made and may change in place. */
type Draft = JsonValue[] | Record<string, JsonValue>;

type Names = readonly string[];

/** Methods answer why they cannot, or null. */
class Patching {
  root: JsonValue;
  chars: number;
  #work = 0;
  #drafts = new Map<JsonValue, Draft>();
  /** Members of those that are objects: looking whether there is one left costs as much as all of them. */
  readonly #countByDraft = new Map<Draft, number>();

  constructor({ root, chars }: Sized) {
    this.root = root;
    this.chars = chars;
  }

  run(operation: unknown): string | null {
    if (!isObject(operation)) return 'an operation is an object';
    const path = parsePointer(operation['path']);
    if (path === null) return NO_POINTER;
    const reason = this.#runAt(operation, path);
    if (reason !== null) return reason;
    if (this.#work > patchWorkMax) return TOO_COSTLY;
    return this.chars > documentCharsMax
      ? `the document would have more than ${documentCharsMax} characters`
      : null;
  }

  #runAt(operation: Readonly<Record<string, unknown>>, path: Names): string | null {
    switch (operation['op']) {
      case 'add':
        return this.#withValue(operation, (value) => this.#add(path, value));
      case 'replace':
        return this.#withValue(operation, (value) => this.#replace(path, value));
      case 'test':
        return this.#withValue(operation, (value) => this.#test(path, value));
      case 'remove':
        return this.#remove(path);
      case 'move':
        return this.#withSource(operation, (from) => this.#move(from, path));
      case 'copy':
        return this.#withSource(operation, (from) => this.#copy(from, path));
      default:
        return 'there is no such operation';
    }
  }

  #withValue(
    operation: Readonly<Record<string, unknown>>,
    then: (value: unknown) => string | null,
  ): string | null {
    return Object.hasOwn(operation, 'value') ? then(operation['value']) : 'it has no value';
  }

  #withSource(
    operation: Readonly<Record<string, unknown>>,
    then: (from: Names) => string | null,
  ): string | null {
    const from = parsePointer(operation['from']);
    return from === null ? 'this is no path to take it from' : then(from);
  }

  #add(path: Names, value: unknown): string | null {
    const found = this.#measured(path, value);
    return found === null ? NO_JSON : this.#insert(path, found);
  }

  /** The value as one that may stand there. */
  #measured(path: Names, value: unknown): Found | null {
    const size = measure(value, documentDepthMax - path.length);
    this.#work += size?.count ?? 0;
    return size !== null && isJson(value, size) ? { value, size } : null;
  }

  #insert(path: Names, { value, size }: Found): string | null {
    const name = path.at(-1);
    if (name === undefined) return this.#become(value, size);
    const parent = this.#open(path.slice(0, -1));
    if (parent === null) return NOTHING_THERE;
    if (!isList(parent)) return this.#setMember(parent, name, { value, size });
    const index = indexOf(parent, name);
    if (index === null) return 'the list has no such place';
    this.chars += size.chars + (parent.length === 0 ? 0 : 1);
    this.#work += (parent.length - index) >> LIST_SHIFT;
    parent.splice(index, 0, value);
    return null;
  }

  #become(value: JsonValue, size: Measure): null {
    this.root = value;
    this.chars = size.chars;
    return null;
  }

  #setMember(parent: Record<string, JsonValue>, name: string, { value, size }: Found): null {
    if (Object.hasOwn(parent, name)) this.#drop(parent[name]);
    else this.chars += charsOf(name) + 1 + (this.#counted(parent, 1) === 1 ? 0 : 1);
    this.chars += size.chars;
    parent[name] = value;
    return null;
  }

  /** What no longer stands in the document. */
  #drop(value: JsonValue | undefined): void {
    const size = measure(value);
    this.chars -= size?.chars ?? 0;
    this.#work += size?.count ?? 0;
  }

  #replace(path: Names, value: unknown): string | null {
    const found = this.#measured(path, value);
    if (found === null) return NO_JSON;
    const name = path.at(-1);
    if (name === undefined) return this.#become(found.value, found.size);
    const parent = this.#open(path.slice(0, -1));
    if (parent === null || childOf(parent, name) === undefined) return NOTHING_THERE;
    if (!isList(parent)) return this.#setMember(parent, name, found);
    const index = indexOf(parent, name) ?? parent.length;
    this.#drop(parent[index]);
    this.chars += found.size.chars;
    parent[index] = found.value;
    return null;
  }

  #remove(path: Names): string | null {
    const name = path.at(-1);
    if (name === undefined) return 'a document is replaced, not removed';
    const parent = this.#open(path.slice(0, -1));
    const value = parent === null ? undefined : childOf(parent, name);
    if (parent === null || value === undefined) return NOTHING_THERE;
    this.#drop(value);
    if (isList(parent)) this.#removeItem(parent, indexOf(parent, name) ?? parent.length);
    else this.#removeMember(parent, name);
    return null;
  }

  #removeItem(parent: JsonValue[], index: number): void {
    this.#work += (parent.length - index) >> LIST_SHIFT;
    parent.splice(index, 1);
    this.chars -= parent.length === 0 ? 0 : 1;
  }

  #removeMember(parent: Record<string, JsonValue>, name: string): void {
    Reflect.deleteProperty(parent, name);
    this.chars -= charsOf(name) + 1 + (this.#counted(parent, -1) === 0 ? 0 : 1);
  }

  /** Its members, with so many more. */
  #counted(draft: Draft, more: number): number {
    const count = must(this.#countByDraft.get(draft), 'the members of a draft are counted') + more;
    this.#countByDraft.set(draft, count);
    return count;
  }

  #move(from: Names, path: Names): string | null {
    const value = valueAt(this.root, from);
    if (value === undefined) return NOTHING_THERE;
    if (from.every((name, level) => name === path[level])) {
      return from.length === path.length ? null : 'a value is not moved into itself';
    }
    const found = this.#measured(path, value);
    if (found === null) return NO_JSON;
    return this.#remove(from) ?? this.#insert(path, found);
  }

  #copy(from: Names, path: Names): string | null {
    const value = valueAt(this.root, from);
    if (value === undefined) return NOTHING_THERE;
    // From now on it stands in two places: neither may be changed in place.
    this.#drafts = new Map();
    return this.#add(path, value);
  }

  #test(path: Names, value: unknown): string | null {
    const there = valueAt(this.root, path);
    if (there === undefined) return NOTHING_THERE;
    return this.#same(there, value) ? null : 'the value is another one';
  }

  #same(a: JsonValue, b: unknown): boolean {
    this.#work += 1;
    if (isList(a)) {
      return isList(b) && a.length === b.length && a.every((each, index) => this.#same(each, b[index]));
    }
    if (!isObject(a)) return a === b;
    if (!isObject(b)) return false;
    const names = Object.keys(a);
    this.#work += names.length;
    const isSame = (name: string, value: JsonValue): boolean =>
      Object.hasOwn(b, name) && this.#same(value, b[name]);
    return (
      names.length === Object.keys(b).length &&
      Object.entries(a).every(([name, value]) => isSame(name, value))
    );
  }

  /** The container at a path, as one that may be changed; null when there is none. */
  #open(path: Names): Draft | null {
    let draft = this.#draftOf(this.root);
    if (draft === null) return null;
    this.root = draft;
    for (const name of path) {
      const child = childOf(draft, name);
      const next: Draft | null = child === undefined ? null : this.#draftOf(child);
      if (next === null) return null;
      if (isList(draft)) draft[Number(name)] = next;
      else draft[name] = next;
      draft = next;
    }
    return draft;
  }

  #draftOf(value: JsonValue): Draft | null {
    const known = this.#drafts.get(value);
    if (known !== undefined) return known;
    if (typeof value !== 'object' || value === null) return null;
    const draft: Draft = isList(value) ? value.slice() : { ...value };
    const count = isList(draft) ? draft.length : Object.keys(draft).length;
    this.#work += isList(draft) ? count >> LIST_SHIFT : count * MEMBER_WORK;
    this.#countByDraft.set(draft, count);
    this.#drafts.set(draft, draft);
    return draft;
  }
}

/** Measured: moving sixteen items of a list costs what looking at one value does, copying a member four times that. */
const LIST_SHIFT = 4;
const MEMBER_WORK = 4;

interface Found {
  readonly value: JsonValue;
  readonly size: Measure;
}
