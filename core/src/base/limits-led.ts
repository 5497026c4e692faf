/** The bounds of led logs, with their reasons as in `limits.ts`. */

import { payloadBytesMax } from './limits.ts';

/** Entries of a leader that are not durable yet: what all its writers together have in flight. */
export const ledInFlightMax = 1_024;
/** Devices that wait to lead one log; the others follow. */
export const candidatesMax = 64;
/** A leader whose connection broke may come back for this long; then the next candidate leads. Below the 2.5 s in which a hand-over must be done. */
export const leadGraceMs = 2_000;
/** A leader that is not heard of for this long leads no more; it pings at a third of it. */
export const leadTtlMs = 10_000;
/** For this long a lead that is handed over waits for the device that it is handed to. */
export const leadHandMs = 2_000;
/** Entries that one connection hands to the leader through the node, per second and at once: a page that was offline brings what it has. */
export const handsPerSecond = 10_000;
export const handsBurst = 10_000;
/** Signals of one connection, per second and at once: offers and candidates of a few connections. */
export const signalsPerSecond = 50;
export const signalsBurst = 400;
/** One signal: a description of a session (RFC 8866) with its candidates is a few kilobytes. */
export const signalBytesMax = 16 * 1024;
/** A word between an application and its home about leading a log: a value and who made it. */
export const leadWordBytesMax = payloadBytesMax + 1024;
/** Devices whose right on a led log has ended and of whom its shard remembers it, until nobody needs the log: 64 kB. */
export const endedWritersMax = 1_024;
