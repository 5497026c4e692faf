/**
 * What devices hear in a restored backup (SPEC I19). The backup does not know what notify was told after it was
 * made, nor which state of notify comes back with it: everybody is told of once more.
 */

import { openDatabase } from './sqlite.ts';

const HAS_NOTICES =
  "SELECT count(*) AS count FROM sqlite_master WHERE type = 'table' AND name = 'notice_user'";

/** A file without notifications is not changed. */
export function unsettleNotices(path: string): void {
  using database = openDatabase(path);
  const found = database.prepare<{ readonly count: number }>(HAS_NOTICES).get();
  if (found === null || found.count === 0) return;
  database.transaction(() => database.prepare('UPDATE notice_user SET settled = 0 WHERE settled = 1').run());
}
