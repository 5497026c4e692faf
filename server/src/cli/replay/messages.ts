/** What the replay and its worker processes tell each other, one JSON object a line. */

import { Fault } from 'copse/internal/base/fault.ts';
import { isRecord, parseJson } from '../../node/json.ts';

export interface Job {
  readonly role: 'writer' | 'reader';
  readonly url: string;
  readonly link: string;
  readonly log: string;
  readonly home: string;
  readonly trace: string;
  readonly limit: number;
}

/** To a worker: append the transactions `[from, to)`. */
export interface Turn {
  readonly from: number;
  readonly to: number;
}

export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'turned'; readonly to: number }
  | { readonly kind: 'progress'; readonly count: number }
  | {
      readonly kind: 'read';
      readonly count: number;
      readonly same: boolean;
      readonly p50Ms: number;
      readonly p99Ms: number;
      readonly maxMs: number;
    }
  | { readonly kind: 'failed'; readonly message: string };

type Form = Readonly<Record<string, 'string' | 'number' | 'boolean'>>;

const JOB: Form = {
  role: 'string',
  url: 'string',
  link: 'string',
  log: 'string',
  home: 'string',
  trace: 'string',
  limit: 'number',
};
const TURN: Form = { from: 'number', to: 'number' };
const REPORTS: Readonly<Record<string, Form>> = {
  ready: {},
  turned: { to: 'number' },
  progress: { count: 'number' },
  read: { count: 'number', same: 'boolean', p50Ms: 'number', p99Ms: 'number', maxMs: 'number' },
  failed: { message: 'string' },
};

export function parseJob(line: string): Job {
  return parsed(line, isJob, 'a job of a worker');
}

export function parseTurn(line: string): Turn {
  return parsed(line, isTurn, 'a turn of a writer');
}

export function parseReport(line: string): Report {
  return parsed(line, isReport, 'a report of a worker');
}

function parsed<T>(line: string, is: (value: unknown) => value is T, what: string): T {
  const value = parseJson(line);
  if (!is(value)) throw new Fault('malformed', what);
  return value;
}

function isJob(value: unknown): value is Job {
  return hasForm(value, JOB) && (value['role'] === 'writer' || value['role'] === 'reader');
}

function isTurn(value: unknown): value is Turn {
  return hasForm(value, TURN);
}

function isReport(value: unknown): value is Report {
  const kind = isRecord(value) ? String(value['kind']) : '';
  const form = Object.hasOwn(REPORTS, kind) ? REPORTS[kind] : undefined;
  return form !== undefined && hasForm(value, form);
}

function hasForm(value: unknown, form: Form): value is Readonly<Record<string, unknown>> {
  return isRecord(value) && Object.entries(form).every(([name, type]) => typeof value[name] === type);
}

/** Lines of a stream as they come. */
export async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of stream) {
    rest += decoder.decode(piece, { stream: true });
    const parts = rest.split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (rest !== '') yield rest;
}
