/**
 * Recoveries in a restored backup (SPEC P13). The backup does not know what was guessed after it was made, so
 * nothing but a few guesses may come back with it: whoever can make a realm be restored must not get all of
 * them anew.
 */

import { restoredTriesMax } from 'copse/internal/base/limits.ts';
import { openDatabase } from './sqlite.ts';

const HAS_RECOVERIES =
  "SELECT count(*) AS count FROM sqlite_master WHERE type = 'table' AND name = 'recovery'";
const COUNT_ALL_BUT = `UPDATE recovery SET tries = tries_max - ?
  WHERE locked = 0 AND tries < tries_max - ?`;

/** Leaves every recovery in a file few guesses; a file without any is not changed. */
export function takeGuessesBack(path: string): void {
  using database = openDatabase(path);
  const found = database.prepare<{ readonly count: number }>(HAS_RECOVERIES).get();
  if (found === null || found.count === 0) return;
  database.transaction(() => database.prepare(COUNT_ALL_BUT).run(restoredTriesMax, restoredTriesMax));
}
