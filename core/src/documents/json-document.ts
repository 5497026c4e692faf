/** One JSON document, changed by patches (SPEC V15, V16). It begins as `{}`; each value of the log is a patch. */

import { fromUtf8, utf8 } from '../base/bytes.ts';
import type { Decision } from '../client/lead.ts';
import type { Document } from './document.ts';
import { applyPatch, type Sized } from './json-patch.ts';
import { isJson, measure, type JsonValue } from './json-value.ts';

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
    return utf8(JSON.stringify(this.#now.root));
  }

  /** Throws for bytes that are no document. */
  load(state: Uint8Array): void {
    const root: unknown = JSON.parse(fromUtf8(state) ?? '');
    const size = measure(root);
    if (size === null || !isJson(root)) throw new TypeError('This is no saved document.');
    this.#now = { root, chars: size.chars };
  }
}
