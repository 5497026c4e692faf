/** What a request to make a stream asks for, and whether a stream that is there already is that one (SPEC F2). */

import type { StreamState } from './state.ts';

export interface StreamConfig {
  /** Null: what is usual, or that of the stream it is forked from. */
  readonly contentType: string | null;
  readonly ttlS: number | null;
  readonly expires: StreamState['expires'];
  readonly closed: boolean;
  readonly fork: ForkConfig | null;
}

export interface ForkConfig {
  readonly from: string;
  /** As the client has it; empty: the tail. */
  readonly asked: string;
  readonly sub: number;
}

export const usualContentType = 'application/octet-stream';
/** Of streams whose bytes are the entries of a log as they stand in it (docs/protocol.md). */
export const entriesType = 'application/vnd.copse.entries';

/** Of a content type what decides: without parameters, in lower case. */
export function mediaType(contentType: string): string {
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

export const isJson = (state: StreamState): boolean => mediaType(state.contentType) === 'application/json';

export function isSame(state: StreamState, config: StreamConfig): boolean {
  if (state.closed !== config.closed) return false;
  const { fork } = config;
  if ((fork === null) !== (state.fork === null)) return false;
  const type = config.contentType ?? (fork === null ? usualContentType : state.contentType);
  if (mediaType(type) !== mediaType(state.contentType)) return false;
  const inherits = fork !== null && config.ttlS === null && config.expires === null;
  if (!inherits && (state.ttlS !== config.ttlS || state.expires?.atMs !== config.expires?.atMs)) return false;
  if (fork === null || state.fork === null) return true;
  const { from, asked, sub } = state.fork;
  return from === fork.from && sub === fork.sub && (fork.asked === '' || fork.asked === asked);
}
