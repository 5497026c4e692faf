/** All that `copse doctor` looks at, one after the other (SPEC N6). It changes nothing. */

import type { Env } from 'copse/internal/base/env.ts';
import { FAULT_HELP } from 'copse/internal/base/fault-help.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { dataPaths } from '../data-directory.ts';
import type { Settings } from '../settings.ts';
import { lookAtCosigning } from './cosigning.ts';
import { lookAtDirect } from './direct.ts';
import {
  holderOf,
  lookAtDatabases,
  lookAtDirectory,
  lookAtKey,
  lookAtLogs,
  lookAtVersions,
  lookForLeftovers,
} from './files.ts';
import { lookAtMessages } from './messages.ts';
import { lookAtNotifications } from './notifications.ts';
import { lookAtShard } from './shard.ts';
import { lookAtUploads } from './uploads.ts';
import { problem, type Check, type Outcome, type Patient } from './finding.ts';
import {
  lookAtAddress,
  lookAtClock,
  lookAtDisk,
  lookAtOpenFiles,
  lookAtPort,
  lookAtRetention,
} from './machine.ts';

const CHECKS: readonly Check[] = [
  { name: 'data directory', look: lookAtDirectory },
  { name: 'leftovers', look: lookForLeftovers },
  { name: 'node key', look: lookAtKey },
  { name: 'versions', look: lookAtVersions },
  { name: 'databases', look: lookAtDatabases },
  { name: 'logs', look: lookAtLogs },
  { name: 'shared journal', look: lookAtShard },
  { name: 'cosigning', look: lookAtCosigning },
  { name: 'direct connections', look: lookAtDirect },
  { name: 'notifications', look: lookAtNotifications },
  { name: 'messages', look: lookAtMessages },
  { name: 'files', look: lookAtUploads },
  { name: 'retention', look: lookAtRetention },
  { name: 'disk', look: lookAtDisk },
  { name: 'open files', look: lookAtOpenFiles },
  { name: 'clock', look: lookAtClock },
  { name: 'port', look: lookAtPort },
  { name: 'address', look: lookAtAddress },
];

export interface Diagnosis extends Outcome {
  readonly name: string;
}

export async function* diagnose(
  settings: Settings,
  env: Env,
  primitives: Primitives,
): AsyncGenerator<Diagnosis> {
  const paths = dataPaths(settings.data);
  const patient: Patient = { settings, paths, env, primitives, holder: holderOf(paths.directory) };
  for (const check of CHECKS) yield { name: check.name, ...(await outcomeOf(check, patient)) };
}

/** A look that fails is a finding, not the end of the others. */
async function outcomeOf(check: Check, patient: Patient): Promise<Outcome> {
  try {
    return await check.look(patient);
  } catch (thrown) {
    const { code, message, cause } = asFault(thrown);
    const what = `${message}${cause instanceof Error ? ` ${cause.message}` : ''}`;
    return { findings: [problem(patient.paths.directory, what, FAULT_HELP[code].hint)], skipped: null };
  }
}
