/**
 * The one error class that crosses a service and the one table of its codes. What a protocol expects
 * is a union in an answer; a `Fault` is what should not have happened. A client's behaviour is a
 * function of `retry` alone, so a new code never needs a new client (SPEC W8).
 */

export type Retry =
  | 'never' // the same call will fail again
  | 'later' // the same call may succeed after a pause
  | 'refresh' // after a new token or a new session
  | 'elsewhere'; // at another address (see the shard map)

interface Row {
  readonly number: number;
  readonly retry: Retry;
  readonly http: number;
  /** What happened, as a sentence a person can read. */
  readonly what: string;
  /** What to do about it. */
  readonly hint: string;
}

/** Append-only: a number is never reused and never changes its meaning. */
export const FAULTS = {
  internal: {
    number: 1,
    retry: 'later',
    http: 500,
    what: 'The node made a mistake.',
    hint: 'Try again; if it stays, send the request id to the operator.',
  },
  malformed: {
    number: 2,
    retry: 'never',
    http: 400,
    what: 'The bytes are not a valid message.',
    hint: 'Check that both sides speak the same protocol version.',
  },
  tooLarge: {
    number: 3,
    retry: 'never',
    http: 413,
    what: 'Something is larger than its limit.',
    hint: 'Send it in smaller pieces.',
  },
  tooMany: {
    number: 4,
    retry: 'later',
    http: 429,
    what: 'Too many requests.',
    hint: 'Wait and send fewer at a time.',
  },
  deadline: { number: 5, retry: 'later', http: 504, what: 'No answer came in time.', hint: 'Try again.' },
  closed: { number: 6, retry: 'later', http: 503, what: 'The connection is closed.', hint: 'Connect again.' },
  version: {
    number: 7,
    retry: 'never',
    http: 426,
    what: 'The two sides speak different protocol versions.',
    hint: 'Update the older of the two.',
  },
  unauthorized: {
    number: 8,
    retry: 'refresh',
    http: 401,
    what: 'The token is not valid here.',
    hint: 'Log in again.',
  },
  expired: {
    number: 9,
    retry: 'refresh',
    http: 401,
    what: 'The token or certificate has expired.',
    hint: 'Refresh it.',
  },
  revoked: {
    number: 10,
    retry: 'never',
    http: 403,
    what: 'The right, device or token has been revoked.',
    hint: 'Ask whoever granted it.',
  },
  forbidden: {
    number: 11,
    retry: 'never',
    http: 403,
    what: 'You do not hold this right.',
    hint: 'Ask a member who does.',
  },
  unknown: {
    number: 12,
    retry: 'never',
    http: 404,
    what: 'There is no such thing here.',
    hint: 'Check the name or link.',
  },
  taken: {
    number: 13,
    retry: 'never',
    http: 409,
    what: 'That name or key is already in use.',
    hint: 'Choose another.',
  },
  used: {
    number: 14,
    retry: 'never',
    http: 410,
    what: 'This invitation has already been used.',
    hint: 'Ask for a new one.',
  },
  full: {
    number: 15,
    retry: 'later',
    http: 507,
    what: 'There is no room left.',
    hint: 'Free space or raise the limit.',
  },
  moved: {
    number: 16,
    retry: 'elsewhere',
    http: 421,
    what: 'Another node serves this.',
    hint: 'Ask for the shard map.',
  },
  draining: {
    number: 17,
    retry: 'later',
    http: 503,
    what: 'The node is shutting down.',
    hint: 'Connect again in a moment.',
  },
  stale: {
    number: 18,
    retry: 'later',
    http: 503,
    what: 'What this rests on is not up to date.',
    hint: 'Try again in a moment.',
  },
  corrupt: {
    number: 19,
    retry: 'never',
    http: 500,
    what: 'Stored data fails its check.',
    hint: 'Run `copse doctor`; restore the named range from a backup.',
  },
  newer: {
    number: 20,
    retry: 'never',
    http: 500,
    what: 'The data was written by a newer version of copse.',
    hint: 'Start that version, or restore a backup made by this one.',
  },
  locked: {
    number: 21,
    retry: 'never',
    http: 423,
    what: 'Another process is using this data.',
    hint: 'Stop it first, or choose another directory.',
  },
  badProof: {
    number: 22,
    retry: 'never',
    http: 401,
    what: 'A signature or proof does not hold.',
    hint: 'The other side is not who it claims to be; do not continue.',
  },
  wrongPeer: {
    number: 23,
    retry: 'never',
    http: 421,
    what: 'The node at this address has another key than expected.',
    hint: 'Check the address; somebody may be in between.',
  },
  config: {
    number: 24,
    retry: 'never',
    http: 500,
    what: 'The configuration is not valid.',
    hint: 'See `copse config doc`.',
  },
  usage: {
    number: 25,
    retry: 'never',
    http: 400,
    what: 'The command was not understood.',
    hint: 'See `copse help`.',
  },
  trimmed: {
    number: 26,
    retry: 'never',
    http: 410,
    what: 'These entries are older than what is kept.',
    hint: 'Start from the first kept position.',
  },
  fork: {
    number: 27,
    retry: 'never',
    http: 409,
    what: 'The log of the node contradicts what it showed before.',
    hint: 'Do not rely on this node; keep both checkpoints and show them to others who use it.',
  },
  sealed: {
    number: 28,
    retry: 'never',
    http: 423,
    what: 'The keys of this device are locked.',
    hint: 'Open them with their passphrase or passkey; nothing is lost.',
  },
} as const satisfies Record<string, Row>;

export type FaultCode = keyof typeof FAULTS;

/** Codes by their wire number. */
const isCode = (text: string): text is FaultCode => text in FAULTS;
export const FAULT_CODES: ReadonlyMap<number, FaultCode> = new Map(
  Object.keys(FAULTS)
    .filter(isCode)
    .map((code) => [FAULTS[code].number, code]),
);

export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  /** What exactly was wrong here; never contains a secret. */
  readonly detail: string;

  constructor(code: FaultCode, detail = '', options?: ErrorOptions) {
    super(detail === '' ? FAULTS[code].what : `${FAULTS[code].what} ${detail}`, options);
    this.code = code;
    this.detail = detail;
  }

  get retry(): Retry {
    return FAULTS[this.code].retry;
  }

  get hint(): string {
    return FAULTS[this.code].hint;
  }
}

/** Any thrown value as a `Fault`; what is not one becomes `internal` without its message (SPEC W9). */
export function asFault(thrown: unknown): Fault {
  return thrown instanceof Fault ? thrown : new Fault('internal', '', { cause: thrown });
}
