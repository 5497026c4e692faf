/**
 * Ready rules for logs (SPEC V15): one JSON document that is changed by patches, and keys with values of which the last
 * writer wins. Each as a document that an application opens, and as the sequencer of whoever leads the log.
 */

import type { Log } from './client/log.ts';
import type { Sequencer } from './client/lead.ts';
import { DocumentSequencer } from './documents/document.ts';
import { JsonDocument } from './documents/json-document.ts';
import type { Patch } from './documents/json-patch.ts';
import type { JsonValue } from './documents/json-value.ts';
import { MapDocument, type MapChange, type MapView } from './documents/map-document.ts';
import { SharedDocument, type Shared } from './documents/shared.ts';

export { JsonDocument, MapDocument };
export type { ChangeOutcome, Shared, SharedView } from './documents/shared.ts';
export type { JsonValue, MapChange, MapView, Patch };
export type { Operation } from './documents/json-patch.ts';

/** The log as one JSON document, changed by patches (RFC 6902). */
export function openJson(log: Log): Shared<JsonValue, Patch> {
  return new SharedDocument({ log, make: () => new JsonDocument() });
}

/** The log as keys and values, of which the last writer in its order wins. */
export function openMap(log: Log): Shared<MapView, MapChange> {
  return new SharedDocument({ log, make: () => new MapDocument() });
}

/** Takes the patches that apply, and refuses the others with the operation that does not. */
export function jsonSequencer(): Sequencer<unknown> {
  return new DocumentSequencer(new JsonDocument());
}

/** Takes what nobody else has written meanwhile, and refuses or trims the rest. */
export function mapSequencer(): Sequencer<unknown> {
  return new DocumentSequencer(new MapDocument());
}
