/** A process of the crash matrix: killed without a word and started again with the same words on the same data. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { must } from 'copse/internal/base/assert.ts';

export type Kind = 'node' | 'tail' | 'leader' | 'writer' | 'reader';

export interface Casting {
  readonly kind: Kind;
  readonly name: string;
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** A whole line of its output. */
  readonly hear: (line: string) => void;
  /** It has ended by itself, which no process here may. */
  readonly onEnd: (complaint: string) => void;
}

const COMPLAINT_CHARS_MAX = 4_000;

export class Actor {
  readonly kind: Kind;
  readonly name: string;
  readonly #casting: Casting;
  #child: ChildProcess | null = null;
  #complaint = '';
  kills = 0;

  constructor(casting: Casting) {
    this.#casting = casting;
    this.kind = casting.kind;
    this.name = casting.name;
  }

  get isRunning(): boolean {
    return this.#child !== null;
  }

  start(): void {
    const { words, cwd, env, hear, onEnd } = this.#casting;
    const child = spawn(must(words[0], 'a command has a name'), words.slice(1), {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const complain = (text: string): void => {
      this.#complaint = (this.#complaint + text).slice(-COMPLAINT_CHARS_MAX);
    };
    child.stderr.setEncoding('utf8').on('data', complain);
    // What the kill cut off has no end of line and is no word.
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.endsWith('}')) hear(line);
    });
    child.once('error', (thrown) => onEnd(thrown.message));
    child.once('exit', (code) => {
      if (this.#child === child) onEnd(`${this.name} ended with ${code}: ${this.#complaint}`);
    });
  }

  /** `kill -9`; resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    if (child.exitCode !== null || child.signalCode !== null) return;
    // Its last words count, so its output is read to the end.
    const gone = once(child, 'close');
    child.kill('SIGKILL');
    await gone;
    this.kills++;
  }
}
