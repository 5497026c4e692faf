/**
 * What to do about a fault, and its status over HTTP: for who shows a fault, and for the door of a node. Apart
 * from the table of faults, because a page in a browser seldom shows one and loads this when it does.
 */

import type { FaultCode } from './fault.ts';

interface Help {
  readonly http: number;
  /** What to do about it. */
  readonly hint: string;
}

export const FAULT_HELP: Readonly<Record<FaultCode, Help>> = {
  internal: { http: 500, hint: 'Try again; if it stays, send the request id to the operator.' },
  malformed: { http: 400, hint: 'Check that both sides speak the same protocol version.' },
  tooLarge: { http: 413, hint: 'Send it in smaller pieces.' },
  tooMany: { http: 429, hint: 'Wait and send fewer at a time.' },
  deadline: { http: 504, hint: 'Try again.' },
  closed: { http: 503, hint: 'Connect again.' },
  version: { http: 426, hint: 'Update the older of the two.' },
  unauthorized: { http: 401, hint: 'Log in again.' },
  expired: { http: 401, hint: 'Refresh it.' },
  revoked: { http: 403, hint: 'Ask whoever granted it.' },
  forbidden: { http: 403, hint: 'Ask a member who does.' },
  unknown: { http: 404, hint: 'Check the name or link.' },
  taken: { http: 409, hint: 'Choose another.' },
  used: { http: 410, hint: 'Ask for a new one.' },
  full: { http: 507, hint: 'Free space or raise the limit.' },
  moved: { http: 421, hint: 'Ask for the shard map.' },
  draining: { http: 503, hint: 'Connect again in a moment.' },
  stale: { http: 503, hint: 'Try again in a moment.' },
  corrupt: { http: 500, hint: 'Run `copse doctor`; restore the named range from a backup.' },
  newer: { http: 500, hint: 'Start that version, or restore a backup made by this one.' },
  locked: { http: 423, hint: 'Stop it first, or choose another directory.' },
  badProof: { http: 401, hint: 'The other side is not who it claims to be; do not continue.' },
  wrongPeer: { http: 421, hint: 'Check the address; somebody may be in between.' },
  config: { http: 500, hint: 'See `copse config doc`.' },
  usage: { http: 400, hint: 'See `copse help`.' },
  trimmed: { http: 410, hint: 'Start from the first kept position.' },
  fork: {
    http: 409,
    hint: 'Do not rely on this node; keep both checkpoints and show them to others who use it.',
  },
  refused: { http: 422, hint: 'See the reason; append what the application accepts.' },
  sealed: { http: 423, hint: 'Open them with their passphrase or passkey; nothing is lost.' },
};
