/** Commands of `copse` in this process, as several people give them, against nodes that were composed here. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../server/src/cli/program.ts';
import { readSettings, type Settings } from '../../../server/src/node/settings.ts';

export interface Said {
  readonly exit: number;
  readonly text: string;
  /** The last line of the output, where that is an object. */
  readonly json: Readonly<Record<string, unknown>>;
}

export type Terminal = (...words: readonly string[]) => Promise<Said>;

/** Whose identity lies in a folder; `node` is said with each command. */
export function terminal(home: string, node: string | null = null): Terminal {
  return async (...words) => {
    let out = '';
    let err = '';
    const streams = {
      out: (text: string) => void (out += text),
      err: (text: string) => void (err += text),
      isTerminal: false,
    };
    const globals = ['--home', home, ...(node === null ? [] : ['--node', node])];
    const exit = await run([...globals, ...words], streams, {});
    const last = out.trim().split('\n').at(-1) ?? '';
    const json = last.startsWith('{') ? (JSON.parse(last) as Said['json']) : {};
    return { exit, text: out + err, json };
  };
}

/** Of a page of posts. */
export const textsIn = ({ json }: Said): readonly string[] =>
  (json['posts'] as readonly { readonly text: string }[]).map(({ text }) => text);

export const nodeSettings = (data: string): Settings =>
  readSettings({ flags: { data, port: 0 }, environment: {}, file: {} });

export async function withFolder(task: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'copse-terminal-'));
  try {
    await task(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
