/**
 * The protocol version. A released version never changes: its schema hash is pinned in the test beside
 * this file (SPEC W6). One line of history each, and the oldest version a node still speaks.
 */

/** 1: the foundation: login, sites, invitations, open logs. */
export const protocolVersion = 1;
export const protocolFloor = 1;

/** Every contract's shapes live under this name in `docs/protocol.md`. */
export const protocolName = 'copse/1';
