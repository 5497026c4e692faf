/**
 * What a command says: a line for people or one JSON document for programs, and an exit code per class
 * of fault (SPEC N2). Results go to standard output, everything else to standard error.
 */

import { FAULT_HELP } from 'copse/internal/base/fault-help.ts';
import { asFault, type FaultCode } from 'copse/internal/base/fault.ts';

/** Exit codes by class of fault; `copse help exit-codes` prints them. */
export const EXIT_CODES = {
  done: 0,
  failed: 1,
  usage: 2,
  unknown: 3,
  refused: 4,
  unreachable: 5,
  conflict: 6,
  full: 7,
  data: 8,
} as const;
export type ExitName = keyof typeof EXIT_CODES;

const EXIT_OF: Readonly<Record<FaultCode, ExitName>> = {
  internal: 'failed',
  malformed: 'failed',
  tooLarge: 'usage',
  tooMany: 'full',
  deadline: 'unreachable',
  closed: 'unreachable',
  version: 'failed',
  unauthorized: 'refused',
  expired: 'refused',
  revoked: 'refused',
  forbidden: 'refused',
  unknown: 'unknown',
  taken: 'conflict',
  used: 'conflict',
  full: 'full',
  moved: 'unreachable',
  draining: 'unreachable',
  stale: 'unreachable',
  corrupt: 'data',
  newer: 'data',
  locked: 'data',
  badProof: 'refused',
  wrongPeer: 'refused',
  config: 'usage',
  usage: 'usage',
  trimmed: 'unknown',
  fork: 'refused',
  sealed: 'refused',
  refused: 'refused',
};

export function exitNameOf(code: FaultCode): ExitName {
  return EXIT_OF[code];
}

export interface Output {
  readonly json: boolean;
  /** The result: `text` for people, `value` for programs. */
  result(text: string, value: unknown): void;
  /** One of many results while the command runs: a line each, JSON lines for programs. */
  item(text: string, value: unknown): void;
  /** A log line of a node: always on standard error. */
  log(line: string): void;
  /** Redraws one line of progress where the terminal allows it; nothing when a program listens. */
  progress(text: string): void;
}

export interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly isTerminal: boolean;
}

/** Control characters but the line feed and the tab: what others write must not steer the terminal (ECMA-48). */
const CONTROL = /(?![\n\t])\p{Cc}/gu;

/** Text as a terminal may be given it. */
export function printable(text: string): string {
  return text.replaceAll(CONTROL, '\ufffd');
}

/** JSON escapes the control characters below the space by itself. */
function jsonOf(value: unknown): string {
  return JSON.stringify(value ?? null).replaceAll(
    CONTROL,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function output(json: boolean, streams: Streams): Output {
  const show = (text: string, value: unknown): void => {
    streams.out(`${json ? jsonOf(value) : printable(text)}\n`);
  };
  return {
    json,
    result: show,
    item: show,
    log: (line) => streams.err(`${printable(line)}\n`),
    progress: (text) => {
      if (!json && streams.isTerminal) streams.err(`\r\u001b[2K${printable(text)}`);
    },
  };
}

/** Says what went wrong and what to do; answers the exit code. */
export function sayFault(thrown: unknown, json: boolean, streams: Streams): number {
  const fault = asFault(thrown);
  const { code, message } = fault;
  const { hint } = FAULT_HELP[code];
  const exit = EXIT_CODES[exitNameOf(code)];
  if (json) {
    streams.out(`${jsonOf({ error: { code, message, hint, exit } })}\n`);
    return exit;
  }
  streams.err(`copse: ${printable(message)}\n       ${hint} (${code})\n`);
  if (code === 'internal' && fault.cause instanceof Error) streams.err(`       ${fault.cause.stack ?? ''}\n`);
  return exit;
}

/** Columns that line up, the first row as their names. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
