/** What the replay and its worker processes tell each other, one JSON object a line. */

import { Fault } from 'copse/internal/base/fault.ts';
import { isRecord } from './trace.ts';

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

const KINDS = ['ready', 'turned', 'progress', 'read', 'failed'];

export function parseReport(line: string): Report {
  const value: unknown = JSON.parse(line);
  if (!isRecord(value) || !KINDS.includes(String(value['kind'])))
    throw new Fault('malformed', 'a report of a worker');
  // Both ends are the same program at the same version, on the same machine.
  return value as unknown as Report;
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
