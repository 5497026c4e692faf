/** Looks at the files of users: what is counted, and whether every chunk is there and nothing else (SPEC N6, Z41). */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { hex } from 'copse/internal/base/bytes.ts';
import { fileChunkBytes } from 'copse/internal/base/limits-files.ts';
import { isBlobName } from '../../store/blobs.ts';
import { FALLEN, OWN, WHOLE } from '../../store/files-schema.ts';
import { openDatabase, type Database } from '../../store/sqlite.ts';
import { bucketOf } from '../cold-place.ts';
import {
  found,
  noted,
  problem,
  skipped,
  warning,
  type Finding,
  type Outcome,
  type Patient,
} from './finding.ts';

const MEND = 'Stop the node and restore the last backup; keep this directory for who may want to look at it.';
/** More names help nobody. */
const NAMES_MAX = 5;

const ACCOUNTS = `SELECT count(*) AS count FROM
  (SELECT account FROM account UNION SELECT account FROM hold) AS each
  LEFT JOIN account AS a ON a.account = each.account
  LEFT JOIN (SELECT account, sum(bytes) AS bytes, count(*) AS files,
      sum(CASE WHEN kind = ${OWN} OR pinned = 1 THEN 0 ELSE bytes END) AS cache
    FROM hold GROUP BY account) AS h ON h.account = each.account
  WHERE coalesce(a.bytes, 0) <> coalesce(h.bytes, 0) OR coalesce(a.cache, 0) <> coalesce(h.cache, 0)
    OR coalesce(a.files, 0) <> coalesce(h.files, 0)`;
const TOTAL = `SELECT count(*) AS count FROM total,
  (SELECT count(*) AS files, coalesce(sum(size), 0) AS bytes FROM file WHERE state <> ${FALLEN}) AS f
  WHERE total.files <> f.files OR total.bytes <> f.bytes`;
const HOLDERS = `SELECT count(*) AS count FROM file LEFT JOIN
  (SELECT file, count(*) AS holders FROM hold GROUP BY file) AS h ON h.file = file.id
  WHERE state <> ${FALLEN} AND (file.holders <> coalesce(h.holders, 0) OR file.holders = 0)`;
const USES = `SELECT count(*) AS count FROM chunk LEFT JOIN
  (SELECT digest, count(*) AS uses FROM part GROUP BY digest) AS p ON p.digest = chunk.digest
  WHERE chunk.uses <> coalesce(p.uses, 0)`;
const PARTS = `SELECT count(*) AS count FROM file LEFT JOIN
  (SELECT file, count(*) AS parts FROM part GROUP BY file) AS p ON p.file = file.id
  WHERE state = ${WHOLE} AND coalesce(p.parts, 0) <> (size + ${fileChunkBytes - 1}) / ${fileChunkBytes}`;
const CHUNKS = 'SELECT digest, uses FROM chunk';
const FILES_WITH = `SELECT DISTINCT file.address FROM part JOIN file ON file.id = part.file
  WHERE part.digest = ? AND address IS NOT NULL LIMIT ${NAMES_MAX}`;
const TOTALS = 'SELECT files, bytes FROM total';

interface ChunkRow {
  readonly digest: Uint8Array;
  readonly uses: number;
}

/** What lies on the disk is listed first: what comes after that is noted before it is written. */
export function lookAtUploads({ paths, settings, holder }: Patient): Outcome {
  const { files, data, role } = settings;
  if (role === 'tail') return skipped('Where auth runs, files are kept.');
  if (files === '') return noted('Off: the node takes no files.');
  if (!existsSync(paths.files)) return skipped('There are no files yet.');
  const isBucket = bucketOf(files) !== null;
  const folder = isAbsolute(files) ? files : join(data, files);
  const lying = isBucket ? null : blobsIn(folder);
  using database = openDatabase(paths.files, { readonly: true });
  return database.snapshot(() => {
    const chunks = database.prepare<ChunkRow>(CHUNKS).all();
    const findings = countedIn(database, paths.files);
    if (lying !== null) findings.push(...lyingIn({ database, folder, lying, chunks }));
    const left = chunks.filter(({ uses }) => uses === 0).length;
    if (left > 0 && holder === null) {
      const what = `${left} chunks are of no file, as a crash leaves them.`;
      findings.push(warning(paths.files, what, 'The next start of the node deletes them.'));
    }
    if (findings.length > 0) return found(...findings);
    const { files: count, bytes } = totalsOf(database);
    const where = isBucket ? ' What lies in the bucket is not listed.' : '';
    return noted(`${count} files, ${bytes} bytes, in ${chunks.length} chunks.${where}`);
  });
}

function countedIn(database: Database, path: string): Finding[] {
  const wrong = [
    [ACCOUNTS, 'accounts count otherwise than what they hold'],
    [TOTAL, 'sum of all files is not what there is'],
    [HOLDERS, 'files have other holders than are counted, or none'],
    [USES, 'chunks are in other files than are counted'],
    [PARTS, 'whole files do not have all of their chunks'],
  ] as const;
  return wrong.flatMap(([sql, what]) => {
    const count = database.prepare<{ readonly count: number }>(sql).get()?.count ?? 0;
    return count === 0 ? [] : [problem(path, `${count} ${what}.`, MEND)];
  });
}

interface Lying {
  readonly database: Database;
  readonly folder: string;
  /** Bytes of blobs by their names. */
  readonly lying: ReadonlyMap<string, number>;
  readonly chunks: readonly ChunkRow[];
}

function lyingIn({ database, folder, lying, chunks }: Lying): readonly Finding[] {
  const findings: Finding[] = [];
  const known = new Set(chunks.map(({ digest }) => hex(digest)));
  const missing = chunks.filter(({ digest, uses }) => uses > 0 && !isThere(folder, lying, hex(digest)));
  if (missing.length > 0) {
    const rows = database.prepare<{ readonly address: string }>(FILES_WITH);
    const names = new Set(
      missing
        .slice(0, NAMES_MAX)
        .flatMap(({ digest }) => rows.all(digest))
        .map(({ address }) => address),
    );
    const what = `${missing.length} chunks are missing, among others of ${[...names].slice(0, NAMES_MAX).join(', ')}.`;
    findings.push(
      problem(
        folder,
        what,
        'Restore them from a backup, or upload those files again: what is missing is taken.',
      ),
    );
  }
  const strange = [...lying].filter(([name]) => !known.has(name) && isThere(folder, new Map(), name));
  if (strange.length > 0) {
    const bytes = strange.reduce((sum, [, size]) => sum + size, 0);
    const what = `${strange.length} blobs, ${bytes} bytes, are of no file that the node knows.`;
    findings.push(
      warning(
        folder,
        what,
        `Delete them: ${strange
          .slice(0, NAMES_MAX)
          .map(([name]) => name)
          .join(', ')}.`,
      ),
    );
  }
  return findings;
}

/** Listed, or there by now. */
function isThere(folder: string, lying: ReadonlyMap<string, number>, name: string): boolean {
  return lying.has(name) || existsSync(join(folder, name.slice(0, 2), name));
}

function blobsIn(folder: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  if (!existsSync(folder)) return found;
  for (const part of readdirSync(folder).filter((name) => /^[0-9a-f]{2}$/.test(name)))
    for (const name of readdirSync(join(folder, part)).filter(isBlobName))
      found.set(name, statSync(join(folder, part, name), { throwIfNoEntry: false })?.size ?? 0);
  return found;
}

function totalsOf(database: Database): { readonly files: number; readonly bytes: number } {
  return database.prepare<{ files: number; bytes: number }>(TOTALS).get() ?? { files: 0, bytes: 0 };
}
