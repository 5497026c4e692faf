/** Requests about files (SPEC Z42): with a ticket, a deadline, and again where that may help. */

import { packedType, ticketShape } from '../api/files.ts';
import { backoff } from '../base/backoff.ts';
import { pause, type Env } from '../base/env.ts';
import { asFault, Fault, FAULTS, type FaultCode } from '../base/fault.ts';
import type { Key } from '../base/ids.ts';
import { fileAnswerMs, fileAttemptsMax, fileTicketEarlyMs } from '../base/limits-files.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { requestTicket } from '../social/files/grant.ts';
import { decode, type Of, type Shape } from '../wire/shape.ts';

export interface FileTools {
  readonly env: Env;
  readonly primitives: Primitives;
  /** The node's origin and its key. */
  readonly url: string;
  readonly node: Key;
  /** Of the key by which the user signs: tickets are claimed with it. */
  readonly seed: () => Promise<Uint8Array>;
}

export interface Asked {
  readonly method: string;
  /** Of the node, or of another one. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly signal?: AbortSignal | undefined;
}

const RETRY_MS = { base: 250, cap: 8_000 };

/** One answer; a refusal is the fault that the node says. */
export async function ask({ env }: Pick<FileTools, 'env'>, asked: Asked): Promise<Response> {
  const { method, url, headers = {}, body, signal } = asked;
  const over = new AbortController();
  const timer = env.after(fileAnswerMs, () => over.abort());
  const onAbort = (): void => over.abort();
  signal?.addEventListener('abort', onAbort);
  try {
    if (signal?.aborted === true) throw new Fault('closed', 'it was given up');
    const init = {
      method,
      headers,
      signal: over.signal,
      ...(body === undefined ? {} : { body: sendable(body) }),
    };
    const answer = await fetch(url, init);
    if (!answer.ok) throw await refusalOf(answer);
    // Within the deadline: who got the head has not got the body.
    return new Response(answer.status === 204 ? null : await answer.arrayBuffer(), answer);
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    if (signal?.aborted === true) throw new Fault('closed', 'it was given up', { cause: thrown });
    throw new Fault(over.signal.aborted ? 'deadline' : 'closed', `the node at ${new URL(url).host}`, {
      cause: thrown,
    });
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', onAbort);
  }
}

/** The same, again while that may help and nobody has given it up. */
export async function askPatiently(tools: Pick<FileTools, 'env'>, asked: Asked): Promise<Response> {
  const wait = backoff(tools.env, RETRY_MS.base, RETRY_MS.cap);
  for (let left = fileAttemptsMax; ; left--) {
    try {
      return await ask(tools, asked);
    } catch (thrown) {
      const { retry, code } = asFault(thrown);
      const isOver = left === 1 || asked.signal?.aborted === true;
      if (isOver || retry !== 'later' || code === 'full' || code === 'stale') throw thrown;
      await pause(tools.env, wait.next());
    }
  }
}

/** The value of an answer to a request that was `packed`. */
export async function packedIn<T>(shape: Shape<T>, answer: Response): Promise<T> {
  return decode(shape, new Uint8Array(await answer.arrayBuffer()));
}

/** What makes a request packed; `body` is a value of a shape. */
export function packed(body?: Uint8Array): Pick<Asked, 'headers' | 'body'> {
  const accept = { accept: packedType };
  return body === undefined
    ? { headers: accept }
    : { headers: { ...accept, 'content-type': packedType }, body };
}

function sendable(body: Uint8Array | string): string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' ? body : new Uint8Array(body);
}

const isCode = (name: unknown): name is FaultCode => typeof name === 'string' && Object.hasOwn(FAULTS, name);

async function refusalOf(answer: Response): Promise<Fault> {
  const body: unknown = await answer.json().catch(() => null);
  const said =
    typeof body === 'object' && body !== null ? new Map(Object.entries(body)) : new Map<string, unknown>();
  const [code, detail]: readonly unknown[] = [said.get('code'), said.get('detail')];
  if (isCode(code)) return new Fault(code, typeof detail === 'string' ? detail : '');
  return new Fault(
    answer.status >= 500 || answer.status === 429 ? 'closed' : 'malformed',
    `HTTP ${answer.status}`,
  );
}

type Ticket = Of<typeof ticketShape>;

/** Tickets of this user, or by a grant of somebody else, got when they are needed. */
export class Tickets {
  readonly #tools: FileTools;
  readonly #grant: Uint8Array | null;
  #ticket: Promise<Ticket> | null = null;

  constructor(tools: FileTools, grant: Uint8Array | null) {
    this.#tools = tools;
    this.#grant = grant;
  }

  /** A request that shows a ticket; with a new one when the old one is not taken. */
  async ask(asked: Asked): Promise<Response> {
    const headers = async (): Promise<Record<string, string>> => ({
      ...asked.headers,
      authorization: `Bearer ${(await this.#current()).ticket}`,
    });
    try {
      return await askPatiently(this.#tools, { ...asked, headers: await headers() });
    } catch (thrown) {
      if (asFault(thrown).retry !== 'refresh') throw thrown;
      this.#ticket = null;
      return askPatiently(this.#tools, { ...asked, headers: await headers() });
    }
  }

  async #current(): Promise<Ticket> {
    const known = await this.#ticket?.catch(() => null);
    const { env } = this.#tools;
    if (known && known.expiresMs - fileTicketEarlyMs > env.wallMs()) return known;
    this.#ticket = this.#request();
    return this.#ticket;
  }

  async #request(): Promise<Ticket> {
    const { env, primitives, url, node, seed } = this.#tools;
    const request = { node, wallMs: env.wallMs(), grant: this.#grant };
    const body = await requestTicket(primitives, await seed(), request);
    const headers = { accept: packedType, 'content-type': 'application/cose' };
    return packedIn(
      ticketShape,
      await askPatiently(this.#tools, { method: 'POST', url: `${url}/files/ticket`, headers, body }),
    );
  }
}
