/**
 * What a grant may contain and when one grant is at most another. Rights form a lattice in every
 * dimension, and along a path they only go down in it (SPEC A9).
 */

import { folderPattern, logId, type FolderPattern, type LogId } from '../base/ids.ts';
import { proofDepthMax } from '../base/limits.ts';

/** Bits of a permission set; none implies another. */
export const permission = { read: 1, write: 2, lead: 4, invite: 8, admin: 16 } as const;
export const permissionsAll = 31;

/** Re-delegations below one grant: a path of `proofDepthMax` attestations has the first and this many more. */
export const delegationsMax = proofDepthMax - 1;

/** All logs of the site, those of one folder, or one. */
export type Resource = '*' | FolderPattern | LogId;

export interface Rights {
  /** Bit set of `permission`. */
  readonly permissions: number;
  readonly resource: Resource;
  /** How many times the right may be handed on below the subject: 0 to `delegationsMax`. */
  readonly delegations: number;
  readonly notBeforeMs: number;
  /** 0 is never. */
  readonly expiresMs: number;
  /**
   * How many attestations of the subject a node accepts; 0 is without a limit. A one-time key passes its
   * quota on to the user who takes its place, and that exchange is not counted: it happens once.
   */
  readonly quota: number;
}

/** Whether `a` grants nothing that `b` does not. */
export function isAtMost(a: Rights, b: Rights): boolean {
  return (
    isSubset(a.permissions, b.permissions) &&
    isWithin(a.resource, b.resource) &&
    a.delegations <= b.delegations &&
    a.notBeforeMs >= b.notBeforeMs &&
    orUnbounded(a.expiresMs) <= orUnbounded(b.expiresMs) &&
    orUnbounded(a.quota) <= orUnbounded(b.quota)
  );
}

/** Whether the holder of `held` may give `given` to somebody: at most the same, one delegation less. */
export function mayHandOn(held: Rights, given: Rights): boolean {
  return isAtMost(given, { ...held, delegations: held.delegations - 1 });
}

/** Whether the set `a` has no permission that `b` lacks. */
export function isSubset(a: number, b: number): boolean {
  return (a & ~b) === 0;
}

/** Whether the rights permit all of `permissions` on a log. Dates are the chain's business. */
export function permits(rights: Rights, permissions: number, log: LogId): boolean {
  return isSubset(permissions, rights.permissions) && covers(rights.resource, log);
}

/** A folder's part of the id of each of its logs, in hex. */
const FOLDER_CHARS = 16;
const FOLDER = /^[0-9a-f]{16}\*$/;
const LOG = /^[0-9a-f]{32}$/;

/** Whether the log is one of the resource. */
export function covers(resource: Resource, log: LogId): boolean {
  return resource === '*' || resource === log || resource === folderOf(log);
}

/** Whether every log of `inner` is one of `outer`. */
export function isWithin(inner: Resource, outer: Resource): boolean {
  if (outer === '*' || inner === outer) return true;
  return isFolder(outer) && inner !== '*' && !isFolder(inner) && folderOf(inner) === outer;
}

/** All logs of the folder in which a log is. */
export function folderOf(log: LogId): FolderPattern {
  return folderPattern(`${log.slice(0, FOLDER_CHARS)}*`);
}

export function isFolder(resource: Resource): resource is FolderPattern {
  return resource.length === FOLDER_CHARS + 1;
}

/** The resource that a text names, or null when it names none. */
export function resourceIn(text: string): Resource | null {
  if (text === '*') return text;
  if (FOLDER.test(text)) return folderPattern(text);
  return LOG.test(text) ? logId(text) : null;
}

function orUnbounded(limit: number): number {
  return limit === 0 ? Infinity : limit;
}
