/** The files of drafts on this device, until their posts are there; signing out takes them away (SPEC U17, U51). */

import type { Kept, Shelf } from './uploads.ts';

/** Larger ones are chosen again after a reload: a browser copies what it keeps. */
const KEPT_BYTES_MAX = 512 << 20;
const STORE = 'files';

/** The name is the one that `Local` forgets. */
export function draftShelf(name: string): Shelf {
  return {
    async all(draft) {
      const rows: unknown = await within(name, 'readonly', (store) => store.getAll());
      return Array.isArray(rows) ? rows.filter(isKept).filter((row) => row.draft === draft) : [];
    },
    async put(kept) {
      if (kept.blob.size > KEPT_BYTES_MAX) return;
      await within(name, 'readwrite', (store) => store.put(kept));
    },
    async remove(id) {
      await within(name, 'readwrite', (store) => store.delete(id));
    },
  };
}

function isKept(row: unknown): row is Kept {
  if (typeof row !== 'object' || row === null) return false;
  const isText = (field: string): boolean => typeof Reflect.get(row, field) === 'string';
  return ['id', 'draft', 'name', 'type', 'words'].every(isText) && Reflect.get(row, 'blob') instanceof Blob;
}

async function within(
  name: string,
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest,
): Promise<unknown> {
  const database = await opened(name);
  try {
    const transaction = database.transaction(STORE, mode);
    const request = act(transaction.objectStore(STORE));
    await new Promise<void>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve());
      transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('aborted')));
    });
    return request.result;
  } finally {
    database.close();
  }
}

function opened(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.addEventListener('upgradeneeded', () =>
      request.result.createObjectStore(STORE, { keyPath: 'id' }),
    );
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('closed')));
  });
}
