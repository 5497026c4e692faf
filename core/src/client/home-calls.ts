/**
 * What the face's line to a home in the same program needs of its contract: the names, and how long a call may
 * take. The shapes are for the line between two tabs and are loaded with it (`browser/tab-line.ts`).
 */

import { callMs } from '../base/limits.ts';
import type { Sketch } from '../link/direct.ts';
import type { homeApi } from './home-api.ts';

/** Answered from what this device has. */
const AT_HAND = { deadlineMs: callMs };
/** Waits for the node, or for entries to come. */
const PATIENT = { deadlineMs: 60_000 };

/** Held equal to the contract by a test. */
export const homeCalls: Sketch<typeof homeApi> = {
  calls: {
    start: AT_HAND,
    secret: AT_HAND,
    openLog: AT_HAND,
    openReader: AT_HAND,
    tagsOf: AT_HAND,
    keyState: AT_HAND,
    handing: AT_HAND,
    keepProof: AT_HAND,
    proofs: AT_HAND,
    found: PATIENT,
    next: PATIENT,
    read: PATIENT,
    peek: PATIENT,
    join: PATIENT,
    updateProfile: PATIENT,
    devices: PATIENT,
    renameDevice: PATIENT,
    revokeDevice: PATIENT,
    figures: PATIENT,
    logout: PATIENT,
    rename: PATIENT,
    addLog: PATIENT,
    invite: PATIENT,
    invitations: PATIENT,
    withdraw: PATIENT,
    members: PATIENT,
    leave: PATIENT,
    passNames: PATIENT,
    passFacet: PATIENT,
    fold: PATIENT,
    lock: PATIENT,
    rotate: { deadlineMs: 600_000 },
  },
  casts: { append: null, closeReader: null, say: null, appear: null, watch: null, lead: null },
};
