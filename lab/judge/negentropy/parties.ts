/**
 * Sides of a reconciliation that are programs of their own, in the line protocol of the reference implementation's
 * fuzz test: they are told `item,TIME,ID`, `seal`, `initiate` and `msg,HEX`, and answer with `have,ID`, `need,ID`,
 * `msg,HEX` and `done`.
 */

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { hex } from 'copse/internal/base/bytes.ts';
import type { Item } from 'copse/internal/social/reconcile/item.ts';

export interface Program {
  readonly name: string;
  readonly command: readonly string[];
  readonly folder?: string;
}

export interface Side {
  readonly program: Program;
  readonly items: readonly Item[];
  readonly frameBytes: number;
}

export interface Found {
  readonly have: readonly string[];
  readonly need: readonly string[];
}

/** A message is a line; the longest is a whole set. */
const MESSAGES_MAX = 10_000;

class Party {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #name: string;
  #errors = '';

  constructor({ program, items, frameBytes }: Side) {
    const [command = '', ...args] = program.command;
    const env = { ...process.env, FRAMESIZELIMIT: String(frameBytes) };
    this.#name = program.name;
    this.#child = spawn(command, args, { cwd: program.folder, env });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    // A program that has ended is noticed by the line that it does not say.
    this.#child.stdin.on('error', () => {});
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.tell(...items.map(({ time, id }) => `item,${time},${hex(id)}`), 'seal');
  }

  tell(...lines: readonly string[]): void {
    this.#child.stdin.write(lines.map((line) => `${line}\n`).join(''));
  }

  async line(): Promise<readonly [word: string, value: string]> {
    const { value, done } = await this.#lines.next();
    if (done === true)
      throw new Error(`${this.#name} ended: ${this.#errors.trim().split('\n').at(-1) ?? ''}`);
    const [word = '', rest = ''] = value.split(',');
    return [word, rest];
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}

/** What the first side, which begins, finds out. */
export async function play(asking: Side, answering: Side): Promise<Found> {
  const parties = [new Party(asking), new Party(answering)] as const;
  try {
    return await playWith(...parties);
  } finally {
    for (const party of parties) party.end();
  }
}

async function playWith(asking: Party, answering: Party): Promise<Found> {
  const found = { have: [] as string[], need: [] as string[] };
  let messages = 0;
  asking.tell('initiate');
  for (;;) {
    const [word, value] = await asking.line();
    if (word === 'have' || word === 'need') found[word].push(value);
    else if (word === 'msg') {
      if (messages++ > MESSAGES_MAX) throw new Error('the two come to no end');
      answering.tell(`msg,${value}`);
      const [kind, answer] = await answering.line();
      if (kind !== 'msg') throw new Error(`the side that is asked says ${kind}`);
      asking.tell(`msg,${answer}`);
    } else if (word === 'done') {
      return { have: found.have.toSorted(), need: found.need.toSorted() };
    } else throw new Error(`the side that asks says ${word}`);
  }
}
