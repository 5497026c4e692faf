/** Pointers into JSON (RFC 6901): where a value stands in a document. */

import { isList, isName, isObject, type JsonValue } from './json-value.ts';

const INDEX = /^(?:0|[1-9]\d*)$/;

/** The names on the way, or null for what is no pointer. */
export function parsePointer(pointer: unknown): readonly string[] | null {
  if (pointer === '') return [];
  if (typeof pointer !== 'string' || !pointer.startsWith('/')) return null;
  if (/~(?![01])/.test(pointer)) return null;
  const names = pointer
    .slice(1)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  return names.every(isName) ? names : null;
}

/** The place in a list, or null; one behind the last when `-` or the length is named. */
export function indexOf(list: readonly unknown[], name: string): number | null {
  if (name === '-') return list.length;
  const index = INDEX.test(name) ? Number(name) : Number.NaN;
  return index <= list.length ? index : null;
}

/** What stands under a name, or undefined. */
export function childOf(parent: JsonValue, name: string): JsonValue | undefined {
  if (isList(parent)) {
    const index = name === '-' ? null : indexOf(parent, name);
    return index === null ? undefined : parent[index];
  }
  return isObject(parent) && Object.hasOwn(parent, name) ? parent[name] : undefined;
}

export function valueAt(root: JsonValue, names: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const name of names) {
    if (value === undefined) return undefined;
    value = childOf(value, name);
  }
  return value;
}
