/** Looks at a journal that processes share: whether the database is there, keeps what it acknowledges, and fits (SPEC J12, J13). */

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compare } from 'copse/internal/base/bytes.ts';
import { pause } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import { shardSilentMs } from 'copse/internal/base/limits-shards.ts';
import { chunksPath } from '../../store/chunks-open.ts';
import { SELECT_STATE, type ChunkStateRow } from '../../store/chunks-rows.ts';
import { PostgresJournal } from '../../store/journal-postgres.ts';
import { BrokenRecord } from '../../store/journal.ts';
import { LostConnection, type Postgres } from '../../store/postgres.ts';
import { ShardClaim } from '../../store/shard-claim.ts';
import { openDatabase } from '../../store/sqlite.ts';
import { SHARD } from '../open-auth.ts';
import { journalConnections } from '../shards/journal-address.ts';
import { readTailKey, TAIL_KEY_FILE } from '../shards/tail-key.ts';
import { noted, problem, warning, well, type Finding, type Outcome, type Patient } from './finding.ts';

const OTHERS = 0o077;
/** The newest records, checked hash by hash; all of them are checked by whoever makes chunks of them. */
const RECORDS_LOOKED_AT = 1_000;
const RESTORE = 'Stop all tails; restore the database, or read the journal from before what is wrong.';

export async function lookAtShard(patient: Patient): Promise<Outcome> {
  const { settings, paths, env, primitives } = patient;
  if (settings.role === 'all') return well;
  const findings: Finding[] = await keyFindings(patient);
  if (settings.role === 'auth') return { findings, skipped: null };
  await using postgres = journalConnections({ journal: settings.journal, data: paths.directory }, env)();
  const journal = new PostgresJournal({ postgres, shard: SHARD, primitives, env });
  try {
    findings.push(...(await durability(postgres, settings.journal)));
    const { epoch, tail } = await journal.state();
    findings.push(...(await records(journal, tail)), ...(await copyFindings(patient, journal)));
    return { ...noted(`Epoch ${epoch}, record ${tail}; ${await ownerWords(patient, journal)}`), findings };
  } catch (thrown) {
    findings.push(databaseFinding(settings.journal, thrown));
    return { findings, skipped: null };
  }
}

async function keyFindings({ paths: { directory }, primitives }: Patient): Promise<Finding[]> {
  const path = join(directory, TAIL_KEY_FILE);
  if (existsSync(path) && process.platform !== 'win32' && (statSync(path).mode & OTHERS) !== 0) {
    const what = 'Others may read the key of tails, with which they get the keys of all tokens.';
    return [problem(path, what, `Run \`chmod 600 ${path}\`.`)];
  }
  try {
    await readTailKey(directory, primitives);
    return [];
  } catch (thrown) {
    const todo = 'Auth makes it at its first start; copy it from there.';
    return [problem(path, asFault(thrown).message, todo)];
  }
}

/** What is switched off there is switched off for every entry that was acknowledged. */
async function durability(postgres: Postgres, where: string): Promise<Finding[]> {
  const rows = await postgres.query(
    "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'",
  );
  const todo = 'Switch it on in postgresql.conf: after a loss of power acknowledged entries may be gone.';
  return rows.map(({ name }) => problem(where, `\`${String(name)}\` is off.`, todo));
}

async function records(journal: PostgresJournal, tail: number): Promise<Finding[]> {
  try {
    let next = Math.max(1, tail - RECORDS_LOOKED_AT);
    for await (const { seq } of journal.scan(next)) next = seq;
    return [];
  } catch (thrown) {
    if (!(thrown instanceof BrokenRecord)) throw thrown;
    return [problem(`record ${thrown.seq} of the journal`, thrown.message, RESTORE)];
  }
}

/** Whether the chunks in this directory were made of this journal. */
async function copyFindings({ paths }: Patient, journal: PostgresJournal): Promise<Finding[]> {
  const path = chunksPath(paths.logs);
  if (!existsSync(path)) return [];
  using chunks = openDatabase(path, { readonly: true });
  const state = chunks.prepare<ChunkStateRow>(SELECT_STATE).get();
  if (state === null || state.compacted === 0) return [];
  const record = await journal.look(state.compacted);
  if (record !== null && compare(record.hash, state.compacted_hash) === 0) return [];
  const what = `They were made of another journal, or it was set back before record ${state.compacted}.`;
  const todo = `If the journal is the right one, delete ${paths.logs}: it is made again.`;
  return [problem(path, what, todo)];
}

/** Says who serves the shard; watched for as long as makes an owner silent. */
async function ownerWords({ env }: Patient, journal: PostgresJournal): Promise<string> {
  const claim = new ShardClaim({ cells: journal, env, url: '' });
  await claim.look();
  await pause(env, shardSilentMs);
  const isFree = await claim.look();
  if (claim.owner === null) return 'nobody has served it yet.';
  return isFree ? `${claim.owner.url} served it last, and nobody does now.` : `${claim.owner.url} serves it.`;
}

function databaseFinding(where: string, thrown: unknown): Finding {
  if (thrown instanceof LostConnection) {
    const todo = 'Start it, or mend `journal` and the way to it; until then nothing is acknowledged.';
    return problem(where, 'The database does not answer.', todo);
  }
  const fault = asFault(thrown);
  if (fault.code === 'config' && /42P01/.test(fault.message)) {
    return warning(where, 'Nothing has been kept there yet.', 'Start a tail, which makes the tables.');
  }
  if (!(thrown instanceof Fault)) throw thrown;
  return problem(where, fault.message, 'Mend `journal`, its password in `journal.key`, or the database.');
}
