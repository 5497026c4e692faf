/** Looks at notifications: the key for push services, how they reach the operator, which of them takes nothing (SPEC I23). */

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FAULT_HELP } from 'copse/internal/base/fault-help.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import { openDatabase, type Database } from '../../store/sqlite.ts';
import { PUSH_KEY_FILE, readPushKey } from '../push-key.ts';
import { pushPolicy } from '../open-notify.ts';
import { isOpenToOthers, octal } from './files.ts';
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

/** Devices of one push service that all fail until it is the push service, or we. */
const FAILING_MIN = 3;

interface OriginRow {
  readonly origin: string;
  readonly devices: number;
  readonly gone: number;
  readonly failing: number;
}

interface LetterRow {
  readonly why: string;
  readonly last: string;
  readonly count: number;
}

interface Seen {
  readonly rows: readonly OriginRow[];
  readonly letters: readonly LetterRow[];
}

const NOTHING: Seen = { rows: [], letters: [] };
/** Reasons that are said, the most frequent first. */
const WHYS_MAX = 3;

export function lookAtNotifications(patient: Patient): Outcome {
  const { settings, paths } = patient;
  if (settings.role === 'tail') return skipped('Where auth runs, notifications do.');
  if (!settings.notify) return noted('Off: nobody is notified.');
  // What a node would not start with is said as it would say it.
  pushPolicy(settings);
  const { rows, letters } = existsSync(paths.news) ? seenIn(paths.news) : NOTHING;
  const findings = [
    ...keyFindings(patient, rows),
    ...contactFindings(patient, rows),
    ...rows.flatMap(originFindings),
  ];
  if (findings.length > 0) return found(...findings);
  return noted(words(rows) + letterWords(letters));
}

function keyFindings({ paths: { directory } }: Patient, rows: readonly OriginRow[]): readonly Finding[] {
  const path = join(directory, PUSH_KEY_FILE);
  if (!existsSync(path)) {
    if (rows.length === 0) return [];
    const todo = 'Restore it from a backup: with a new one every browser has to subscribe anew.';
    return [problem(path, 'The key for push services is missing, and devices have subscribed for it.', todo)];
  }
  const { mode } = statSync(path);
  if (isOpenToOthers(mode)) {
    const todo = `Run \`chmod 600 ${path}\`; who has read it may send to devices whose address she knows.`;
    return [problem(path, `Others may read the key for push services (mode ${octal(mode)}).`, todo)];
  }
  try {
    readPushKey(path);
    return [];
  } catch (thrown) {
    const { code, message } = asFault(thrown);
    return [problem(path, message, FAULT_HELP[code].hint)];
  }
}

/** A push service on this machine asks nobody. */
function contactFindings(
  { settings: { pushContact, url } }: Patient,
  rows: readonly OriginRow[],
): readonly Finding[] {
  const isAsked = rows.some(({ origin }) => origin.startsWith('https://'));
  if (pushContact !== '' || url.startsWith('https://') || !isAsked) return [];
  const what = 'Push services are told no address of yours, and some refuse what nobody answers for.';
  return [warning('pushContact', what, 'Set `pushContact`, as mailto:admin@copse.example.')];
}

function originFindings({ origin, devices, failing, gone }: OriginRow): readonly Finding[] {
  if (failing < FAILING_MIN || failing < devices - gone) return [];
  const what = `Nothing that was sent to ${failing} devices there arrived, the last time it was given up.`;
  const todo =
    'If it answers 401 or 403, see that `push.key` is the one that devices subscribed for, that `pushContact` is right and that the clock is: a signature holds for 12 hours. Else see that the node reaches it.';
  return [warning(origin, what, todo)];
}

function words(rows: readonly OriginRow[]): string {
  const sum = (of: (row: OriginRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const [devices, gone] = [sum((row) => row.devices), sum((row) => row.gone)];
  if (devices === 0) return 'No device has asked to be notified.';
  const left = gone === 0 ? '' : `; at ${gone} of them nobody answers any more`;
  return `${devices} devices are notified, through ${rows.length} push service${rows.length === 1 ? '' : 's'}${left}.`;
}

/** What was given up is no fault of the node: devices end, and nobody says so. */
function letterWords(letters: readonly LetterRow[]): string {
  const count = letters.reduce((total, letter) => total + letter.count, 0);
  if (count === 0) return '';
  const whys = letters.map(({ why, last, count: n }) => `${n} × ${[why, last].filter(Boolean).join(', ')}`);
  return ` ${count} messages were given up: ${whys.slice(0, WHYS_MAX).join('; ')}. \`copse notify letters\` lists them.`;
}

/** The part of an address up to its path. */
const ORIGIN = "substr(url, 1, instr(substr(url, 9), '/') + 7)";
const SELECT_ORIGINS = `SELECT ${ORIGIN} AS origin, count(*) AS devices, sum(gone_ms > 0) AS gone,
    sum(failures > 0 AND gone_ms = 0) AS failing FROM endpoint GROUP BY 1 ORDER BY 2 DESC LIMIT 64`;

const SELECT_LETTERS = `SELECT why, last, count(*) AS count FROM letter GROUP BY why, last
    ORDER BY 3 DESC LIMIT 64`;

function seenIn(path: string): Seen {
  using database: Database = openDatabase(path, { readonly: true });
  return {
    rows: database.prepare<OriginRow>(SELECT_ORIGINS).all(),
    letters: database.prepare<LetterRow>(SELECT_LETTERS).all(),
  };
}
