/**
 * A desk does synchronous work somewhere else: an object whose methods are called by name, in a worker
 * (`workerDesk`) or in place (`localDesk`). Calls are carried out one after the other in the order in which
 * they were made, and answered in that order. A worker ends by message, never by terminate(), which
 * crashed while SQLite was at work (oven-sh/bun #29275).
 */

import { assert } from 'copse/internal/base/assert.ts';
import { asFault, Fault, type FaultCode } from 'copse/internal/base/fault.ts';

type Method = (...values: never[]) => unknown;
export type MethodOf<T> = { [K in keyof T]: T[K] extends Method ? K : never }[keyof T] & string;
export type Values<T, K extends keyof T> = Parameters<Extract<T[K], Method>>;
export type Answer<T, K extends keyof T> = ReturnType<Extract<T[K], Method>>;

export interface Desk<T> {
  /** Buffers in `transfer` change hands: the caller's arrays over them become empty. */
  call<K extends MethodOf<T>>(name: K, values: Values<T, K>, transfer?: ArrayBuffer[]): Promise<Answer<T, K>>;
  /** Carries out what was called, then closes the object. */
  close(): Promise<void>;
}

/** What sits at a desk. */
export interface Clerk {
  /** Called between calls, after the answer has gone out; `idle` when nothing has come for a while. */
  tidy(idle: boolean): void;
  close(): void;
}

export interface Request {
  readonly name: string;
  readonly values: readonly unknown[];
}

export type Reply =
  | { readonly kind: 'answer'; readonly value: unknown }
  | { readonly kind: 'fault'; readonly code: FaultCode; readonly detail: string };

/** The names that `serveDesk` understands besides the clerk's methods. */
export const OPEN = 'open';
export const CLOSE = 'close';

/**
 * The clerk in this thread. `before` comes before every call: where a simulated disk takes its time, or
 * fails.
 */
export function localDesk<T extends Clerk>(
  clerk: T,
  before: () => Promise<void> = () => Promise.resolve(),
): Desk<T> {
  let line: Promise<unknown> = Promise.resolve();
  let closed = false;
  const inLine = <R>(task: () => R): Promise<R> => {
    const turn = line.then(before).then(task);
    line = turn.catch(() => {});
    return turn;
  };
  return {
    async call(name, values) {
      if (closed) throw new Fault('closed', 'the desk is closed');
      const answer = await inLine(() => perform(clerk, { name, values }));
      clerk.tidy(false);
      return answer as Answer<T, typeof name>;
    },
    async close() {
      if (closed) return;
      closed = true;
      await line;
      clerk.close();
    },
  };
}

/** Calls a method of an object by its name. */
export function perform(clerk: object, request: Request): unknown {
  const method: unknown = Reflect.get(clerk, request.name);
  assert(typeof method === 'function', `the clerk has no method ${request.name}`);
  return Reflect.apply(method, clerk, request.values);
}

/** The clerk in `worker`, which runs `serveDesk`; it opens the clerk's file or directory. */
export async function workerDesk<T extends Clerk>(worker: Worker, path: string): Promise<Desk<T>> {
  const desk = new WorkerDesk<T>(worker);
  await desk.ask({ name: OPEN, values: [path] }).catch(async (thrown: unknown) => {
    await desk.close();
    throw thrown;
  });
  return desk;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (fault: Fault) => void;
}

class WorkerDesk<T extends Clerk> implements Desk<T> {
  readonly #worker: Worker;
  /** Calls that were not answered yet, oldest first. */
  #waiting: Waiting[] = [];
  #ended: Fault | null = null;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.addEventListener('message', (event: MessageEvent<Reply>) => this.#settle(event.data));
    worker.addEventListener('error', (event) => this.#end(new Fault('internal', event.message)));
    worker.addEventListener('close', () => this.#end(new Fault('closed', 'the worker has ended')));
  }

  async call<K extends MethodOf<T>>(
    name: K,
    values: Values<T, K>,
    transfer: ArrayBuffer[] = [],
  ): Promise<Answer<T, K>> {
    return (await this.ask({ name, values }, transfer)) as Answer<T, K>;
  }

  ask(request: Request, transfer: ArrayBuffer[] = []): Promise<unknown> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(request, transfer);
    });
  }

  async close(): Promise<void> {
    if (this.#ended !== null) return;
    const closed = this.ask({ name: CLOSE, values: [] });
    this.#ended = new Fault('closed', 'the desk is closed');
    await closed;
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    if (reply.kind === 'answer') waiting.resolve(reply.value);
    else waiting.reject(new Fault(reply.code, reply.detail));
  }

  #end(fault: Fault): void {
    this.#ended ??= fault;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(fault);
  }
}

/** The fault of a failed call, for the way through a message. */
export function replyOf(thrown: unknown): Reply {
  if (thrown instanceof Fault) return { kind: 'fault', code: thrown.code, detail: thrown.detail };
  const { code } = asFault(thrown);
  return { kind: 'fault', code, detail: thrown instanceof Error ? thrown.message : String(thrown) };
}
