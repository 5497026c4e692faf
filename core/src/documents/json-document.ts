/** One JSON document, changed by patches (SPEC V15, V16). It begins as `{}`; each value of the log is a patch. */

import { fromUtf8, utf8 } from '../base/bytes.ts';
import { documentCharsMax } from '../base/limits-documents.ts';
import type { Decision } from '../client/lead.ts';
import type { Document } from './document.ts';
import { applyPatch, type Sized } from './json-patch.ts';
import { isJson, isObject, measure, type JsonValue } from './json-value.ts';

const EMPTY: Sized = { root: {}, chars: 2 };

export class JsonDocument implements Document<JsonValue> {
  #now: Sized;

  constructor(now: Sized = EMPTY) {
    this.#now = now;
  }

  view(): JsonValue {
    return this.#now.root;
  }

  judge(patch: unknown): Decision<unknown> {
    const patched = applyPatch(this.#now, patch);
    return patched.kind === 'ok' ? { kind: 'take' } : { kind: 'refuse', reason: patched.reason };
  }

  take(patch: unknown): Decision<unknown> {
    const patched = applyPatch(this.#now, patch);
    if (patched.kind !== 'ok') return { kind: 'refuse', reason: patched.reason };
    this.#now = patched;
    return { kind: 'take' };
  }

  fork(): JsonDocument {
    return new JsonDocument(this.#now);
  }

  save(): Uint8Array {
    return utf8(JSON.stringify({ json: this.#now.root }));
  }

  load(state: Uint8Array): void {
    const saved: unknown = JSON.parse(fromUtf8(state) ?? '');
    const root = isObject(saved) ? saved['json'] : undefined;
    const size = measure(root);
    const isBounded = size !== null && size.chars <= documentCharsMax;
    if (!isBounded || !isJson(root, size)) throw new TypeError('This is no saved document.');
    this.#now = { root, chars: size.chars };
  }
}
