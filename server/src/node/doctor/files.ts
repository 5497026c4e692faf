/** Looks at the data directory: who may read it, who uses it, whether what it holds is whole. */

import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FAULT_HELP } from 'copse/internal/base/fault-help.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import { ACCOUNTS_SCHEMA } from '../../store/accounts-sqlite-schema.ts';
import { chunksPath, journalPath } from '../../store/chunks-open.ts';
import { chunkSchema } from '../../store/chunks-rows.ts';
import { journalSchema } from '../../store/journal-rows.ts';
import { lockDirectory } from '../../store/lock.ts';
import { shardProblems } from '../../store/log-store-verify.ts';
import { refuseNewer, type Schema } from '../../store/migrate.ts';
import { FILES_SCHEMA } from '../../store/files-schema.ts';
import { PEER_SCHEMA } from '../../store/peer.ts';
import { NEWS_SCHEMA } from '../../store/news-schema.ts';
import { openDatabase } from '../../store/sqlite.ts';
import { EXCHANGE_SCHEMA } from '../../store/exchange-schema.ts';
import { WITNESS_SCHEMA } from '../../store/witness.ts';
import { coldBlobs } from '../cold.ts';
import type { DataPaths } from '../data-directory.ts';
import { NODE_KEY_FILE, readSeed } from '../node-key.ts';
import type { Settings } from '../settings.ts';
import {
  found,
  problem,
  skipped,
  warning,
  well,
  type Finding,
  type Outcome,
  type Patient,
} from './finding.ts';

const OTHERS = 0o077;
/** More of the same kind help nobody. */
const FINDINGS_MAX = 20;

/** Who uses a data directory: the number of a process as far as known, or null when nobody does. */
export function holderOf(directory: string): string | null {
  // Taking the lock makes its file, and a doctor changes nothing.
  if (!existsSync(join(directory, 'lock'))) return null;
  try {
    lockDirectory(directory)[Symbol.dispose]();
    return null;
  } catch (thrown) {
    const fault = asFault(thrown);
    if (fault.code !== 'locked') throw thrown;
    return /Process (\d+)/.exec(fault.detail)?.[1] ?? 'of unknown number';
  }
}

export function lookAtDirectory({ paths: { directory } }: Patient): Outcome {
  if (!existsSync(directory)) return skipped('There is no data yet; `copse serve` makes it.');
  const stat = statSync(directory);
  if (!stat.isDirectory())
    return found(problem(directory, 'It is no directory.', 'Choose another one with `--data`.'));
  const findings: Finding[] = [];
  if (!mayUse(directory))
    findings.push(problem(directory, 'This user may not write to it.', `Run as its owner, or \`chown\` it.`));
  if (isOpenToOthers(stat.mode))
    findings.push(
      problem(
        directory,
        `Others may look into it (mode ${octal(stat.mode)}).`,
        `Run \`chmod 700 ${directory}\`.`,
      ),
    );
  return found(...findings);
}

export function lookAtKey({ paths: { directory } }: Patient): Outcome {
  const path = join(directory, NODE_KEY_FILE);
  const hasData = existsSync(join(directory, 'auth.sqlite'));
  if (!existsSync(path)) {
    if (!hasData) return skipped('There is no data yet.');
    const todo = 'Restore it from a backup: with a new one no device recognises the node.';
    return found(problem(path, 'The key of the node is missing.', todo));
  }
  const findings: Finding[] = [];
  const { mode } = statSync(path);
  if (isOpenToOthers(mode)) {
    const todo = `Run \`chmod 600 ${path}\`; if others have used this machine, they may pretend to be the node.`;
    findings.push(problem(path, `Others may read the key of the node (mode ${octal(mode)}).`, todo));
  }
  try {
    readSeed(path);
  } catch (thrown) {
    const { code, message } = asFault(thrown);
    findings.push(problem(path, message, FAULT_HELP[code].hint));
  }
  return found(...findings);
}

interface File {
  readonly path: string;
  readonly schema: Schema;
}

/** What a process with this role keeps. */
function filesOf(paths: DataPaths, role: Settings['role']): readonly File[] {
  const witness = { path: paths.witness, schema: WITNESS_SCHEMA };
  return [
    // Only a node that cosigns has it, and only one that notifies the next.
    ...(existsSync(paths.witness) ? [witness] : []),
    ...(existsSync(paths.messages) ? [{ path: paths.messages, schema: PEER_SCHEMA }] : []),
    ...(existsSync(paths.files) ? [{ path: paths.files, schema: FILES_SCHEMA }] : []),
    ...(existsSync(paths.exchange) ? [{ path: paths.exchange, schema: EXCHANGE_SCHEMA }] : []),
    ...(existsSync(paths.news) ? [{ path: paths.news, schema: NEWS_SCHEMA }] : []),
    ...(role === 'tail' ? [] : [{ path: paths.accounts, schema: ACCOUNTS_SCHEMA }]),
    ...(role === 'all' ? [{ path: journalPath(paths.logs), schema: journalSchema }] : []),
    ...(role === 'auth' ? [] : [{ path: chunksPath(paths.logs), schema: chunkSchema }]),
  ];
}

export function lookAtVersions({ paths, settings }: Patient): Outcome {
  const there = filesOf(paths, settings.role).filter(({ path }) => existsSync(path));
  if (there.length === 0) return skipped('There is no data yet.');
  return found(...there.flatMap(({ path, schema }) => caught(path, () => refuseNewer(path, schema))));
}

/** Through connections that only read, so also while a node runs. */
export function lookAtDatabases({ paths, settings }: Patient): Outcome {
  const files = filesOf(paths, settings.role);
  if (files.every(({ path }) => !existsSync(path))) return skipped('There is no data yet.');
  return found(...files.flatMap(({ path }) => caught(path, () => checkDatabase(path))));
}

const MEND = 'Stop the node and restore the last backup; keep this directory for who may want to look at it.';

function checkDatabase(path: string): void {
  if (!existsSync(path)) throw new Fault('corrupt', 'The file is missing.');
  using database = openDatabase(path, { readonly: true });
  const rows = database.prepare<{ integrity_check: string }>(`PRAGMA integrity_check(${FINDINGS_MAX})`).all();
  const wrong = rows.map((row) => row.integrity_check).filter((line) => line !== 'ok');
  if (wrong.length > 0) throw new Fault('corrupt', wrong.join('; '));
}

/** What a look throws, as a finding. */
function caught(path: string, look: () => void): readonly Finding[] {
  try {
    look();
    return [];
  } catch (thrown) {
    const { code, message } = asFault(thrown);
    return [problem(path, message, code === 'corrupt' ? MEND : FAULT_HELP[code].hint)];
  }
}

/** Every record of the journal, every chunk and every blob, hash by hash. */
export async function lookAtLogs({ paths, primitives, holder, settings, env }: Patient): Promise<Outcome> {
  if (settings.role !== 'all') return skipped('See the shared journal.');
  if (!existsSync(journalPath(paths.logs)) || !existsSync(chunksPath(paths.logs)))
    return skipped('There are no logs yet.');
  if (holder !== null)
    return skipped(
      `Process ${holder} writes to them; \`copse backup\` and \`copse restore\` check a copy while it runs.`,
    );
  const findings: Finding[] = [];
  try {
    for await (const { where, what } of shardProblems(paths.logs, primitives, coldBlobs(settings, env))) {
      if (findings.length === FINDINGS_MAX) break;
      const todo = 'What is before and behind it stays readable; restore the last backup to have it again.';
      findings.push(problem(`${paths.logs}, ${where}`, `It is not as it was written: ${what}.`, todo));
    }
  } catch (thrown) {
    findings.push(problem(paths.logs, asFault(thrown).message, MEND));
  }
  return found(...findings);
}

const HALF_FILES = /\.(new|restoring)$/;

/** What a start or a restore that was cut off has left behind. */
export function lookForLeftovers({ paths: { directory }, holder }: Patient): Outcome {
  if (!existsSync(directory) || holder !== null) return well;
  const names = readdirSync(directory).filter((name) => HALF_FILES.test(name));
  return found(
    ...names.map((name) =>
      warning(join(directory, name), 'Something that was cut off has left this behind.', 'Delete it.'),
    ),
  );
}

function mayUse(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Windows has no such modes. */
export function isOpenToOthers(mode: number): boolean {
  return process.platform !== 'win32' && (mode & OTHERS) !== 0;
}

export function octal(mode: number): string {
  return (mode & 0o777).toString(8);
}
