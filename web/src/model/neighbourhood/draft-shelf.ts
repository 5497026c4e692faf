/**
 * The files of drafts on this device, until their posts are there; signing out takes them away (SPEC U17, U51). What
 * is said of a file lies apart from it, among the texts: a browser would write the file anew with each word, and a page
 * that is closed has time for a text alone.
 */

import { Fault } from 'copse/internal/base/fault.ts';
import { decodeWords, encodeWords, outlived } from '../../logic/neighbourhood/draft-files.ts';
import type { Local } from '../local.ts';
import type { Kept, Shelf } from './uploads.ts';

/** Larger ones are chosen again after a reload: a browser copies what it keeps. */
const KEPT_BYTES_MAX = 512 << 20;
const STORE = 'files';
/** Where the texts lie that belong to them. */
const PLACE = 'neighbourhood';
const WORDS = 'described';

export interface DraftShelfOptions {
  /** The one that `Local` forgets. */
  readonly name: string;
  readonly local: Pick<Local, 'draft' | 'setDraft' | 'hasAccount'>;
}

/** What is asked of it is done in that order. */
export function draftShelf({ name, local }: DraftShelfOptions): Shelf {
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(task: (files: IDBObjectStore) => Promise<T>): Promise<T> => {
    const done = turn.then(() => {
      // Who has signed out leaves nothing here.
      if (!local.hasAccount()) throw new Fault('closed');
      return within(name, task);
    });
    turn = done.catch(() => {});
    return done;
  };
  const words = (): ReadonlyMap<string, string> => decodeWords(local.draft(PLACE, WORDS));
  const setWords = (next: ReadonlyMap<string, string>): void => {
    if (local.hasAccount()) local.setDraft(PLACE, WORDS, encodeWords(next, Date.now()));
  };
  return {
    async all(draft) {
      const rows = await inTurn(tidied);
      const said = words();
      return rows
        .filter((row) => row.draft === draft)
        .map((row) => ({ ...row, words: said.get(row.id) ?? row.words }));
    },
    async put(kept) {
      if (kept.blob.size > KEPT_BYTES_MAX) return;
      await inTurn(async (files) => {
        await asked(files.put(kept));
        await tidied(files);
      });
    },
    describe: (id, text) => setWords(new Map([...words(), [id, text]])),
    async remove(id) {
      setWords(new Map([...words()].filter(([each]) => each !== id)));
      await inTurn(async (files) => asked(files.delete(id)));
    },
  };
}

/** What is left when those have gone that nobody needs, or for which there is no room. */
async function tidied(files: IDBObjectStore): Promise<readonly Kept[]> {
  const found: unknown = await asked(files.getAll());
  const rows = Array.isArray(found) ? found.filter(isKept) : [];
  const sizes = rows.map(({ id, blob }) => ({ id, size: blob.size }));
  const gone = outlived(sizes, Date.now());
  for (const id of gone) files.delete(id);
  return rows.filter(({ id }) => !gone.includes(id));
}

function isKept(row: unknown): row is Kept {
  if (typeof row !== 'object' || row === null) return false;
  const isText = (field: string): boolean => typeof Reflect.get(row, field) === 'string';
  return ['id', 'draft', 'name', 'type', 'words'].every(isText) && Reflect.get(row, 'blob') instanceof Blob;
}

/** One transaction, of which all or nothing is kept. */
async function within<T>(name: string, task: (files: IDBObjectStore) => Promise<T>): Promise<T> {
  const database = await opened(name);
  try {
    const transaction = database.transaction(STORE, 'readwrite');
    const ended = new Promise<void>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve());
      transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('aborted')));
    });
    const [found] = await Promise.all([task(transaction.objectStore(STORE)), ended]);
    return found;
  } finally {
    database.close();
  }
}

function opened(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.addEventListener('upgradeneeded', () => request.result.createObjectStore(STORE, { keyPath: 'id' }));
  return asked(request);
}

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('refused')));
  });
}
