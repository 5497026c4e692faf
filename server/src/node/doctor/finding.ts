/** What `copse doctor` says: what is wrong, where, and what to do about it (SPEC N6). */

import type { Env } from 'copse/internal/base/env.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import type { DataPaths } from '../data-directory.ts';
import type { Settings } from '../settings.ts';

export interface Finding {
  /** A problem needs help; a warning is worth knowing. */
  readonly level: 'problem' | 'warning';
  readonly what: string;
  readonly where: string;
  readonly todo: string;
}

/** What the checks look at. */
export interface Patient {
  readonly settings: Settings;
  readonly paths: DataPaths;
  readonly env: Env;
  readonly primitives: Primitives;
  /** Process that uses the data directory, or null. */
  readonly holder: string | null;
}

export interface Outcome {
  readonly findings: readonly Finding[];
  /** Why it was not looked at, or null. */
  readonly skipped: string | null;
  /** What is well, where that is worth knowing. */
  readonly note?: string;
}

export interface Check {
  readonly name: string;
  readonly look: (patient: Patient) => Outcome | Promise<Outcome>;
}

export const well: Outcome = { findings: [], skipped: null };

export function found(...findings: readonly Finding[]): Outcome {
  return { findings, skipped: null };
}

export function noted(note: string): Outcome {
  return { ...well, note };
}

export function skipped(why: string): Outcome {
  return { findings: [], skipped: why };
}

export function problem(where: string, what: string, todo: string): Finding {
  return { level: 'problem', where, what, todo };
}

export function warning(where: string, what: string, todo: string): Finding {
  return { level: 'warning', where, what, todo };
}
