/** The program `copse` as people run it: child processes with homes of their own, in a folder that goes away. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { must } from 'copse/internal/base/assert.ts';

export interface Ended {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** Whose identity, by the name of her home. */
  readonly home?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A child that still runs. */
export class Running {
  readonly child: ChildProcess;
  #out = '';
  #err = '';
  readonly ended: Promise<Ended>;

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#out += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#err += text));
    this.ended = this.#end();
  }

  async #end(): Promise<Ended> {
    await once(this.child, 'close');
    return { exit: this.child.exitCode ?? 128, out: this.#out, err: this.#err };
  }

  get out(): string {
    return this.#out;
  }

  /** Whole lines so far. */
  get lines(): readonly string[] {
    return this.#out.split('\n').slice(0, -1);
  }

  /** Waits until the output holds; throws with all that was said when it does not in time. */
  async until(holds: (out: string) => boolean, ms = 15_000): Promise<void> {
    const endMs = performance.now() + ms;
    while (!holds(this.#out)) {
      const isOver = this.child.exitCode !== null || performance.now() > endMs;
      if (isOver && !holds(this.#out)) throw new Error(`It did not come: ${this.#out}\n${this.#err}`);
      await pause(5);
    }
  }

  kill(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}

export interface ServeSaid {
  readonly url: string;
  readonly setup: string | null;
}

export class Cli implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'copse-cli-'));
  readonly #command: readonly string[];
  readonly #children = new Set<Running>();

  /** `command` is the program and what comes before its words. */
  constructor(command: readonly string[]) {
    this.#command = command;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  start(words: readonly string[], options: RunOptions = {}): Running {
    const [program, ...before] = this.#command;
    const home = ['--home', this.path(options.home ?? 'ada')];
    const child = spawn(must(program, 'a command has a name'), [...before, ...home, ...words], {
      cwd: this.folder,
      // Nothing of the person who runs the tests: neither her settings nor her keys.
      env: { PATH: process.env['PATH'], HOME: this.folder, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const running = new Running(child);
    this.#children.add(running);
    void running.ended.then(() => this.#children.delete(running));
    if (options.stdin !== undefined) child.stdin?.end(options.stdin);
    return running;
  }

  run(words: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return this.start(words, { stdin: '', ...options }).ended;
  }

  /** The words of a command that ends well. */
  async ok(words: readonly string[], options: RunOptions = {}): Promise<string> {
    const { exit, out, err } = await this.run(words, options);
    if (exit !== 0) throw new Error(`copse ${words.join(' ')} ended with ${exit}: ${err}${out}`);
    return out;
  }

  /** The same as JSON: each line is a value. */
  async json(words: readonly string[], options: RunOptions = {}): Promise<readonly Values[]> {
    const out = await this.ok(['--json', ...words], options);
    try {
      return out.trim().split('\n').filter(Boolean).map(valuesOf);
    } catch (thrown) {
      throw new Error(`copse --json ${words.join(' ')} printed: ${out}`, { cause: thrown });
    }
  }

  /** A node that has said where it is. */
  async serve(data: string, flags: readonly string[] = []): Promise<{ node: Running; said: ServeSaid }> {
    const words = ['--json', 'serve', '--data', data, '--log-level', 'warn', ...flags];
    const node = this.start(words, { stdin: '' });
    await node.until((out) => out.includes('\n'));
    const { url, setup } = valuesOf(node.lines[0] ?? '');
    return { node, said: { url: String(url), setup: typeof setup === 'string' ? setup : null } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#children].map((running) => running.kill('SIGKILL')));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export type Values = Readonly<Record<string, unknown>>;

function valuesOf(line: string): Values {
  return JSON.parse(line) as Values;
}

export function portOf(url: string): string {
  return new URL(url).port;
}
