/**
 * An account out of the node and into it, on a connection of its own (SPEC Z103): what a browser has of the messages
 * is a part of them, and what it brings it brings when it likes.
 */

import type { Env } from '../../base/env.ts';
import type { Key } from '../../base/ids.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import type { SignKey } from '../identity.ts';
import { exportAccount, type AccountFileParts, type ExportOptions } from './account-export.ts';
import { importAccount, type ImportOptions, type ImportReport } from './account-import.ts';
import type { Opened } from './moving.ts';
import type { PlaceLine } from './place-line.ts';

/** The node itself. */
export interface There {
  readonly url: string;
  readonly node: Key;
  /** A line to it, apart from the one that a program reads from. */
  readonly apart: () => PlaceLine;
  /** The same for who has another secret. */
  readonly as: (secret: Uint8Array) => Promise<Opened>;
}

interface Place {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly user: SignKey | null;
  readonly there: There;
}

export async function* exported(place: Place, options: ExportOptions): AsyncGenerator<Uint8Array> {
  const parts = partsOf(place);
  try {
    yield* exportAccount(parts, options);
  } finally {
    parts.line.close();
  }
}

export async function imported(
  place: Place,
  source: Blob | AsyncIterable<Uint8Array>,
  options: ImportOptions,
): Promise<ImportReport> {
  const parts = partsOf(place);
  try {
    return await importAccount(parts, source, options);
  } finally {
    parts.line.close();
  }
}

function partsOf({ env, primitives, user, there }: Place): AccountFileParts & { readonly line: PlaceLine } {
  const { url, node, apart } = there;
  return { env, primitives, url, node, me: user?.publicKey ?? null, line: apart() };
}
