/** The directory that holds everything a node keeps, and what is where in it. */

import { mkdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from 'copse/internal/base/fault.ts';

const OWNER_ENTERS = 0o700;

export interface DataPaths {
  readonly directory: string;
  readonly accounts: string;
  /** What the node states in public. */
  readonly nodeLog: string;
  readonly logs: string;
  /** Who listens where, and what she was told; in no backup: what is lost of it is found again (SPEC I11). */
  readonly news: string;
  /** Messages of the neighbourhood. */
  readonly messages: string;
  /** What it remembers of others' logs; in no backup (SPEC M16). */
  readonly witness: string;
}

export function dataPaths(directory: string): DataPaths {
  return {
    directory,
    accounts: join(directory, 'auth.sqlite'),
    nodeLog: join(directory, 'node-log.sqlite'),
    logs: join(directory, 'tail'),
    news: join(directory, 'notify.sqlite'),
    messages: join(directory, 'messages.sqlite'),
    witness: join(directory, 'witness.sqlite'),
  };
}

/** Makes the directory when there is none; only its user may look into a new one. */
export function makeDataDirectory(directory: string): DataPaths {
  try {
    mkdirSync(directory, { recursive: true, mode: OWNER_ENTERS });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : '';
    throw new Fault('config', `The data directory ${directory} cannot be made: ${why}.`, { cause });
  }
  return dataPaths(directory);
}

/** Bytes that this user may still write to the disk under a path. */
export function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}
