/** Looks at the messages of the neighbourhood: what is counted, what finds them, what is not gathered yet (SPEC N6, Z25). */

import { existsSync } from 'node:fs';
import { peerClockAheadMs } from 'copse/internal/base/limits-peer.ts';
import { openDatabase, type Database } from '../../store/sqlite.ts';
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

/** What the counters of an account say, beside what counting again gives. */
const COUNTERS = `SELECT count(*) AS count FROM account AS a LEFT JOIN
  (SELECT payer, sum(size) AS bytes, sum(CASE WHEN kept = 1 THEN size ELSE 0 END) AS kept, count(*) AS messages
    FROM message GROUP BY payer) AS m ON m.payer = a.number
  WHERE a.bytes <> coalesce(m.bytes, 0) OR a.kept_bytes <> coalesce(m.kept, 0)
    OR a.messages <> coalesce(m.messages, 0)`;
const NOBODYS = `SELECT count(*) AS count FROM message WHERE payer NOT IN (SELECT number FROM account)`;
const DANGLING = `SELECT count(*) AS count FROM ref LEFT JOIN message ON message.seq = ref.seq
  WHERE message.body IS NULL`;
const LOST = `SELECT count(*) AS count FROM current LEFT JOIN message ON message.seq = current.seq
  WHERE message.body IS NULL`;
const BEHIND = `SELECT count(*) AS count FROM peer, message
  WHERE message.seq > peer.last_seq OR peer.words_seq > peer.last_seq OR peer.pruned_seq > peer.last_seq`;
const GATHERED = 'SELECT count(*) AS count FROM words_docsize';
const TO_GATHER = `SELECT count(*) AS count FROM message, peer
  WHERE is_post = 1 AND body IS NOT NULL AND seq <= words_seq`;
const WAITING = `SELECT count(*) AS count FROM message, peer
  WHERE is_post = 1 AND body IS NOT NULL AND seq > words_seq`;
const AHEAD = 'SELECT count(*) AS count FROM account WHERE mark_ms > ?';
const TOTALS = `SELECT coalesce(sum(messages), 0) AS messages, coalesce(sum(bytes), 0) AS bytes,
  count(*) AS accounts FROM account`;

interface Totals {
  readonly messages: number;
  readonly bytes: number;
  readonly accounts: number;
}

/** Through a connection that only reads, and as of one moment: also while a node writes. */
export function lookAtMessages({ paths, env, settings }: Patient): Outcome {
  if (settings.role === 'tail') return skipped('Where auth runs, messages are kept.');
  if (!existsSync(paths.messages)) return skipped('There are no messages yet.');
  using database = openDatabase(paths.messages, { readonly: true });
  return database.snapshot(() => outcomeOf(database, { path: paths.messages, nowMs: env.wallMs() }));
}

function outcomeOf(database: Database, at: { readonly path: string; readonly nowMs: number }): Outcome {
  const findings = [...brokenIn(database, at.path), ...lateIn(database, at)];
  if (findings.length > 0) return found(...findings);
  const { messages, accounts, bytes } = totalsOf(database);
  const waiting = countOf(database, WAITING);
  const words =
    waiting === 0 ? '' : ` ${waiting} posts are not in the index of words yet; a node that runs sees to it.`;
  return noted(`${messages} messages of ${accounts} accounts, ${bytes} bytes.${words}`);
}

function brokenIn(database: Database, path: string): readonly Finding[] {
  const wrong = [
    [COUNTERS, 'accounts count otherwise than what they hold'],
    [NOBODYS, 'messages count for no account'],
    [DANGLING, 'entries of the index lead to no message'],
    [LOST, 'statements are not there'],
    [BEHIND, 'messages stand behind the last position that was given'],
  ] as const;
  return wrong.flatMap(([sql, what]) => {
    const count = countOf(database, sql);
    return count === 0 ? [] : [problem(path, `${count} ${what}.`, MEND)];
  });
}

/** What harms nobody's messages. */
function lateIn(
  database: Database,
  { path, nowMs }: { readonly path: string; readonly nowMs: number },
): readonly Finding[] {
  const findings: Finding[] = [];
  const [gathered, toGather] = [countOf(database, GATHERED), countOf(database, TO_GATHER)];
  if (gathered !== toGather) {
    const what = `The index of words has ${gathered} posts where it should have ${toGather}.`;
    findings.push(
      warning(path, what, 'Some searches find too little; all else is whole. The last backup may have it.'),
    );
  }
  const ahead = countOf(database, AHEAD, nowMs + peerClockAheadMs);
  if (ahead > 0) {
    const what = `${ahead} accounts take nothing that is older than a time to come.`;
    findings.push(
      warning(
        path,
        what,
        'See that the clock is right; with a clock that was ahead, restore a backup from before.',
      ),
    );
  }
  return findings;
}

function countOf(database: Database, sql: string, ...values: readonly number[]): number {
  return database.prepare<{ readonly count: number }>(sql).get(...values)?.count ?? 0;
}

function totalsOf(database: Database): Totals {
  return database.prepare<Totals>(TOTALS).get() ?? { messages: 0, bytes: 0, accounts: 0 };
}
