/** For tests: a node in this process whose streams are open, and requests to them. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realEnv } from 'copse/internal/base/env.ts';
import { composeNode, type RunningNode } from '../compose.ts';
import { readSettings } from '../settings.ts';

export type Given = Readonly<Record<string, string>>;

export class StreamStage implements AsyncDisposable {
  readonly directory: string;
  readonly #flags: Readonly<Record<string, unknown>>;
  #node: RunningNode;

  static async open(flags: Readonly<Record<string, unknown>> = {}): Promise<StreamStage> {
    const directory = mkdtempSync(join(tmpdir(), 'copse-streams-'));
    const all = { streams: 'open', data: join(directory, 'data'), port: 0, ...flags };
    return new StreamStage(directory, all, await begin(all));
  }

  private constructor(directory: string, flags: Readonly<Record<string, unknown>>, node: RunningNode) {
    this.directory = directory;
    this.#flags = flags;
    this.#node = node;
  }

  get url(): string {
    return this.#node.url;
  }

  async restart(): Promise<void> {
    await this.#node[Symbol.asyncDispose]();
    this.#node = await begin(this.#flags);
  }

  ask(method: string, path: string, headers: Given = {}, body?: string | Uint8Array): Promise<Response> {
    const init = { method, headers, ...(body === undefined ? {} : { body: Buffer.from(body) }) };
    return fetch(`${this.url}/v1/stream/${path}`, init);
  }

  put(path: string, headers: Given = {}, body?: string | Uint8Array): Promise<Response> {
    return this.ask('PUT', path, { 'content-type': 'text/plain', ...headers }, body);
  }

  post(path: string, body: string | Uint8Array, headers: Given = {}): Promise<Response> {
    return this.ask('POST', path, { 'content-type': 'text/plain', ...headers }, body);
  }

  /** All that a stream holds. */
  async text(path: string, offset = '-1'): Promise<string> {
    let [at, text] = [offset, ''];
    for (;;) {
      const answer = await this.ask('GET', `${path}?offset=${at}`);
      if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
      text += await answer.text();
      at = next(answer);
      if (answer.headers.get('stream-up-to-date') === 'true') return text;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#node[Symbol.asyncDispose]();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function begin(flags: Readonly<Record<string, unknown>>): Promise<RunningNode> {
  return composeNode(readSettings({ flags, environment: {}, file: {} }), realEnv());
}

export function next(answer: Response): string {
  return answer.headers.get('stream-next-offset') ?? '';
}

export const producer = (id: string, epoch: number, seq: number): Given => ({
  'producer-id': id,
  'producer-epoch': String(epoch),
  'producer-seq': String(seq),
});
