/**
 * What goes wrong in a run, drawn from its seed: each seed enables some kinds of faults at rates of its
 * own (swarm testing: Groce et al., ISSTA 2012), because faults at moderate rates all at once hide the
 * histories that only one of them makes.
 */

import type { Chance } from './chance.ts';
import { CALM, type NetworkFaults } from './network.ts';

/** A number between `low` and `high`, every order of magnitude as likely as the next. */
function spread(chance: Chance, low: number, high: number): number {
  return low * (high / low) ** chance.unit();
}

/** `draw` for some seeds, `calm` for the others. */
function sometimes<T>(chance: Chance, p: number, draw: () => T, calm: T): T {
  return chance.often(p) ? draw() : calm;
}

export function drawNetwork(chance: Chance): NetworkFaults {
  const slowest = sometimes(chance, 0.3, () => spread(chance, 5, 400), 3);
  return {
    latencyMs: [0.1, slowest],
    bandwidth: sometimes(chance, 0.2, () => spread(chance, 5, 2000), CALM.bandwidth),
    twice: sometimes(chance, 0.3, () => spread(chance, 0.005, 0.3), 0),
    cut: sometimes(chance, 0.5, () => spread(chance, 0.0005, 0.05), 0),
    stall: sometimes(chance, 0.25, () => spread(chance, 0.001, 0.05), 0),
    stallMs: spread(chance, 50, 60_000),
    refuse: sometimes(chance, 0.25, () => spread(chance, 0.01, 0.5), 0),
    clumpMs: sometimes(chance, 0.2, () => chance.pick([1, 8, 32]), 0),
  };
}

export interface DiskPlan {
  readonly syncMs: readonly [number, number];
  /** Probability that an operation finds no room. */
  readonly fail: number;
  /** Probability that an operation fails for a reason that a restart only can mend. */
  readonly broken: number;
  /** Mean pause between windows in which the disk is full, or 0 for never. */
  readonly fullEveryMs: number;
  readonly fullMs: number;
}

export const CALM_DISK: DiskPlan = { syncMs: [0.05, 0.5], fail: 0, broken: 0, fullEveryMs: 0, fullMs: 0 };

export function drawDisk(chance: Chance): DiskPlan {
  return {
    syncMs: [0.05, sometimes(chance, 0.4, () => spread(chance, 1, 200), 0.5)],
    fail: sometimes(chance, 0.3, () => spread(chance, 0.002, 0.1), 0),
    broken: sometimes(chance, 0.15, () => spread(chance, 0.001, 0.05), 0),
    fullEveryMs: sometimes(chance, 0.2, () => spread(chance, 200, 3000), 0),
    fullMs: spread(chance, 20, 1000),
  };
}

/** Mean pauses between events, milliseconds; 0 is never. */
export interface EventPlan {
  readonly crashMs: number;
  readonly downMs: number;
  readonly drainMs: number;
  readonly compactMs: number;
  readonly deviceCrashMs: number;
  readonly deviceSleepMs: number;
  readonly clockJumpMs: number;
  readonly raiseKeyMs: number;
  readonly cutAllMs: number;
  /** Whether a device crash takes the power, too. */
  readonly powerLoss: boolean;
  /** A device loses its rights once, at this time, or 0. */
  readonly revokeMs: number;
}

export function drawEvents(chance: Chance, workMs: number): EventPlan {
  const every = (p: number): number => sometimes(chance, p, () => spread(chance, workMs / 20, workMs), 0);
  return {
    crashMs: every(0.6),
    downMs: spread(chance, 1, 2000),
    drainMs: every(0.2),
    compactMs: every(0.6),
    deviceCrashMs: every(0.4),
    deviceSleepMs: every(0.2),
    clockJumpMs: every(0.2),
    raiseKeyMs: every(0.2),
    cutAllMs: every(0.2),
    powerLoss: chance.often(0.5),
    revokeMs: sometimes(chance, 0.15, () => chance.unit() * workMs, 0),
  };
}

/** What befalls rights and keys; drawn from a stream of its own. Mean pauses and moments in milliseconds, 0 is never. */
export interface AuthorityPlan {
  /** What guests are invited to: admins make keys too. */
  readonly guestPermissions: number;
  /** Every admin makes the next key of the site, at once. */
  readonly rotateMs: number;
  /** A guest is removed once, at this time. */
  readonly removeMs: number;
  /** An admin's device crashes while it makes a key, and stays away for so long. */
  readonly vanishMs: number;
  readonly awayMs: number;
  /** The second device is ended while it makes a key, at this time. */
  readonly strikeMs: number;
  /** Pause between losses of the feed from auth to the tail, and how long one lasts. */
  readonly feedLossMs: number;
  readonly feedAwayMs: number;
}

/** The tail of a run in which the feed is lost takes it for stale so soon. */
export const FEED_STALE_MS = 2_500;
const ADMIN = 31;
const WRITER = 3;

/** `busy` is the part of the runs in which anything of it happens. */
export function drawAuthority(chance: Chance, workMs: number, busy = 0.4): AuthorityPlan {
  const isBusy = chance.often(busy);
  const some = (p: number, draw: () => number): number => sometimes(chance, isBusy ? p : 0, draw, 0);
  return {
    guestPermissions: isBusy && chance.often(0.6) ? ADMIN : WRITER,
    rotateMs: some(0.5, () => spread(chance, workMs / 8, workMs)),
    removeMs: some(0.5, () => chance.unit() * workMs),
    vanishMs: some(0.3, () => spread(chance, workMs / 4, workMs)),
    awayMs: spread(chance, 100, 60_000),
    strikeMs: some(0.4, () => chance.unit() * workMs),
    feedLossMs: some(0.4, () => spread(chance, workMs / 4, workMs)),
    feedAwayMs: spread(chance, 200, 10_000),
  };
}

/** Logs that applications lead, and how often somebody wants to, hands over or gives back; mean pauses, 0 is never. */
export interface LeadPlan {
  readonly leadMs: number;
  readonly handOverMs: number;
  readonly stopMs: number;
  readonly openMs: number;
}

export function drawLeads(chance: Chance, workMs: number): LeadPlan {
  const isLed = chance.often(0.35);
  const some = (p: number, draw: () => number): number => sometimes(chance, isLed ? p : 0, draw, 0);
  return {
    leadMs: some(1, () => spread(chance, workMs / 20, workMs / 2)),
    handOverMs: some(0.5, () => spread(chance, workMs / 10, workMs)),
    stopMs: some(0.4, () => spread(chance, workMs / 10, workMs)),
    openMs: some(0.2, () => spread(chance, workMs / 4, workMs)),
  };
}

/** Folds of logs and their snapshots, which not every run has. */
export interface FoldPlan {
  /** Bytes of entries after which a snapshot is worth it; 0: nobody folds. */
  readonly worthBytes: number;
  /** Mean pause between snapshots that do not hold; 0 is never. */
  readonly lieMs: number;
}

export function drawFolds(chance: Chance, workMs: number): FoldPlan {
  const isFolded = chance.often(0.3);
  return {
    worthBytes: isFolded ? Math.round(spread(chance, 200, 8_000)) : 0,
    lieMs: sometimes(chance, isFolded ? 0.2 : 0, () => spread(chance, workMs / 4, workMs), 0),
  };
}

/** Direct connections between devices, which not every run has. */
export interface DirectPlan {
  readonly isThere: boolean;
  /** Probability that one does not come to be. */
  readonly blocked: number;
  /** Mean pause between cuts of all of them; 0 is never. */
  readonly cutMs: number;
}

export function drawDirect(chance: Chance, workMs: number): DirectPlan {
  return {
    isThere: chance.often(0.7),
    blocked: sometimes(chance, 0.4, () => spread(chance, 0.05, 1), 0),
    cutMs: sometimes(chance, 0.5, () => spread(chance, workMs / 20, workMs), 0),
  };
}

/** The operator takes a backup and later puts the node back to it. Moments in milliseconds from the beginning of the work. */
export interface BackupPlan {
  readonly takeMs: number;
  readonly restoreMs: number;
  /** The second device is ended, and a guest removed, at these times beside those of the other plans, or 0. */
  readonly revokeMs: number;
  readonly removeMs: number;
  /** Mean pause between names that somebody claims, which the log of the node states; 0 is never. */
  readonly claimMs: number;
}

/** Null for a run in which the node is never set back. */
export function drawBackup(chance: Chance, workMs: number): BackupPlan | null {
  if (!chance.often(0.12)) return null;
  const takeMs = chance.unit() * workMs;
  // In some runs nothing happens in between: nobody may be alarmed then.
  const lostMs = chance.often(0.2) ? 1 : chance.unit() * (workMs - takeMs);
  const between = (p: number): number => sometimes(chance, p, () => takeMs + chance.unit() * lostMs, 0);
  return {
    takeMs,
    restoreMs: takeMs + lostMs,
    revokeMs: between(0.4),
    removeMs: between(0.3),
    claimMs: sometimes(chance, 0.4, () => spread(chance, workMs / 8, workMs), 0),
  };
}

/** What the applications do. */
export interface WorkPlan {
  readonly workMs: number;
  readonly logCount: number;
  readonly deviceCount: number;
  /** Mean pause between the appends of one device. */
  readonly appendMs: number;
  /** Most entries that are appended at once. */
  readonly burst: number;
  readonly entryBytes: number;
  readonly conditional: number;
  readonly keepCount: number;
  /** The same number goes to each log in turn, so that entries of several logs have neighbouring numbers. */
  readonly inTurn: boolean;
}

export function drawWork(chance: Chance): WorkPlan {
  const workMs = spread(chance, 300, 8000);
  const plan: WorkPlan = {
    workMs,
    logCount: chance.between(1, 3),
    deviceCount: chance.between(2, 5),
    appendMs: spread(chance, workMs / (chance.often(0.1) ? 400 : 60), workMs / 4),
    burst: sometimes(chance, 0.3, () => chance.between(2, 40), 2),
    entryBytes: sometimes(chance, 0.2, () => chance.between(100, 4000), 30),
    conditional: sometimes(chance, 0.4, () => spread(chance, 0.01, 0.5), 0),
    keepCount: sometimes(chance, 0.3, () => chance.between(1, 60), 1_000_000),
    inTurn: false,
  };
  const weighed = sometimes(chance, 0.12, () => heavier(chance, plan), plan);
  // Alone in its logs, a device has entries whose positions are their numbers.
  return chance.often(0.06) ? { ...weighed, deviceCount: 1, inTurn: true } : weighed;
}

/** Few large entries in one log: what fills sockets and makes readers lag. */
function heavier(chance: Chance, plan: WorkPlan): WorkPlan {
  const { workMs } = plan;
  return {
    ...plan,
    logCount: 1,
    appendMs: spread(chance, workMs / 40, workMs / 10),
    burst: chance.between(1, 5),
    entryBytes: chance.between(5000, 40_000),
  };
}

/** How a node is tuned: small limits make rare paths common. */
export interface NodePlan {
  readonly pageBytes: number;
  readonly storeLimits: {
    readonly sliceBytes: number;
    readonly ring: { readonly perLogBytesMax: number; readonly bytesMax: number };
  };
  readonly tailLimits: { readonly lagBytes: number };
  readonly skewMs: number;
}

export function drawNode(chance: Chance): NodePlan {
  const perLogBytesMax = chance.pick([100, 3000, 200_000]);
  return {
    pageBytes: chance.pick([100, 1000, 100_000]),
    storeLimits: {
      sliceBytes: chance.pick([500, 10_000, 1_000_000]),
      ring: { perLogBytesMax, bytesMax: 2 * perLogBytesMax },
    },
    tailLimits: { lagBytes: chance.pick([1000, 20_000, 250_000]) },
    skewMs: sometimes(chance, 0.2, () => chance.between(-60_000, 60_000), 0),
  };
}

/** Who there is. */
export interface PeoplePlan {
  /** Devices that speak the protocols without the SDK. */
  readonly plainCount: number;
  /** Users with the SDK. */
  readonly appCount: number;
  readonly hasSecond: boolean;
  /** Faults begin before anybody has settled in. */
  readonly stormy: boolean;
  readonly keepSlowMs: number;
  readonly keepFull: number;
  /** Probability that a device whose storage refuses something crashes soon after it. */
  readonly keepCrash: number;
}

export function drawPeople(chance: Chance): PeoplePlan {
  const appCount = chance.between(0, 3);
  return {
    plainCount: appCount === 0 ? chance.between(2, 5) : chance.between(0, 2),
    appCount,
    hasSecond: appCount > 0 && chance.often(0.5),
    stormy: chance.often(0.2),
    keepSlowMs: sometimes(chance, 0.3, () => spread(chance, 1, 300), 0.2),
    keepFull: sometimes(chance, 0.25, () => spread(chance, 0.03, 0.4), 0),
    keepCrash: sometimes(chance, 0.8, () => spread(chance, 0.05, 0.5), 0),
  };
}
