/**
 * Documents among the logs of a site: those in the folder `documents`, so that a right on the folder is one on all
 * of them. Conversations are the others.
 */

import type { Route } from './route.ts';

const FOLDER = 'documents/';

/** What the document in a log is called; null when the log is no document. */
export function documentOf(log: string): string | null {
  return log.startsWith(FOLDER) && log.length > FOLDER.length ? log.slice(FOLDER.length) : null;
}

/** The log of a document. */
export function logOfDocument(title: string): string {
  return FOLDER + title;
}

export function conversationsOf(logs: readonly string[]): readonly string[] {
  return logs.filter((log) => documentOf(log) === null);
}

/** Titles, in the order in which the site lists their logs. */
export function documentsOf(logs: readonly string[]): readonly string[] {
  return logs.flatMap((log) => documentOf(log) ?? []);
}

/** The room of a log, which is another one for a document. */
export function roomOf(site: string, log: string): Route {
  const title = documentOf(log);
  return title === null ? { room: 'log', site, log } : { room: 'document', site, document: title };
}

/** Why a document cannot be called so, as a sentence; undefined when it can. */
export function titleTrouble(title: string, taken: readonly string[]): string | undefined {
  if (title.includes('/')) return 'A title has no slash: it would be a folder.';
  return taken.includes(title) ? 'There is a document of that title already.' : undefined;
}
