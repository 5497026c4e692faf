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
  /** What happened, as a sentence a person can read. What to do about it is in `fault-help.ts`. */
  readonly what: string;
}

/** Append-only: a number is never reused and never changes its meaning. */
export const FAULTS = {
  internal: { number: 1, retry: 'later', what: 'The node made a mistake.' },
  malformed: { number: 2, retry: 'never', what: 'The bytes are not a valid message.' },
  tooLarge: { number: 3, retry: 'never', what: 'Something is larger than its limit.' },
  tooMany: { number: 4, retry: 'later', what: 'Too many requests.' },
  deadline: { number: 5, retry: 'later', what: 'No answer came in time.' },
  closed: { number: 6, retry: 'later', what: 'The connection is closed.' },
  version: { number: 7, retry: 'never', what: 'The two sides speak different protocol versions.' },
  unauthorized: { number: 8, retry: 'refresh', what: 'The token is not valid here.' },
  expired: { number: 9, retry: 'refresh', what: 'The token or certificate has expired.' },
  revoked: { number: 10, retry: 'never', what: 'The right, device or token has been revoked.' },
  forbidden: { number: 11, retry: 'never', what: 'You do not hold this right.' },
  unknown: { number: 12, retry: 'never', what: 'There is no such thing here.' },
  taken: { number: 13, retry: 'never', what: 'That name or key is already in use.' },
  used: { number: 14, retry: 'never', what: 'This invitation has already been used.' },
  full: { number: 15, retry: 'later', what: 'There is no room left.' },
  moved: { number: 16, retry: 'elsewhere', what: 'Another node serves this.' },
  draining: { number: 17, retry: 'later', what: 'The node is shutting down.' },
  stale: { number: 18, retry: 'later', what: 'What this rests on is not up to date.' },
  corrupt: { number: 19, retry: 'never', what: 'Stored data fails its check.' },
  newer: { number: 20, retry: 'never', what: 'The data was written by a newer version of copse.' },
  locked: { number: 21, retry: 'never', what: 'Another process is using this data.' },
  badProof: { number: 22, retry: 'never', what: 'A signature or proof does not hold.' },
  wrongPeer: { number: 23, retry: 'never', what: 'The node at this address has another key than expected.' },
  config: { number: 24, retry: 'never', what: 'The configuration is not valid.' },
  usage: { number: 25, retry: 'never', what: 'The command was not understood.' },
  trimmed: { number: 26, retry: 'never', what: 'These entries are older than what is kept.' },
  fork: { number: 27, retry: 'never', what: 'The log of the node contradicts what it showed before.' },
  sealed: { number: 28, retry: 'never', what: 'The keys of this device are locked.' },
  refused: { number: 29, retry: 'never', what: 'The leader of the log has refused the entry.' },
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
}

/** Any thrown value as a `Fault`; what is not one becomes `internal` without its message (SPEC W9). */
export function asFault(thrown: unknown): Fault {
  return thrown instanceof Fault ? thrown : new Fault('internal', '', { cause: thrown });
}
