/** A real node as a process of its own, that can be killed in the middle of a sentence. */

import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const START_MS = 20_000;

export interface NodeProcess {
  readonly url: string;
  /** The link that a first start prints; null later. */
  readonly setupLink: string | null;
  /** As a power cut would: nothing is said and nothing is written any more. */
  kill(): Promise<void>;
}

/** Starts a node on a data directory; port 0 takes a free one. */
export async function startNode(data: string, port = 0, flags: readonly string[] = []): Promise<NodeProcess> {
  const [program = '', ...args] = command();
  const child = spawn(program, [...args, 'serve', '--data', data, '--port', String(port), ...flags], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = await firstWords(child);
  return {
    url: /http:\/\/[\d.:]+/u.exec(said)?.[0] ?? '',
    setupLink: /http:\/\/\S+#setup=\S+/u.exec(said)?.[0] ?? null,
    kill: () =>
      new Promise((resolve) => {
        // A test that failed behind a kill ends its node once more.
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}

/** The sources, or the program that `NODE_UNDER_TEST` names: the executable passes the same tests (SPEC N9). */
function command(): readonly string[] {
  const built = process.env['NODE_UNDER_TEST'];
  return built === undefined
    ? [process.execPath, '--conditions=copse-source', 'server/src/cli/main.ts']
    : [built];
}

/** What the node says on its standard output until the address stands there. */
function firstWords(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    let logged = '';
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the node did not start in time; it said: ${said}${logged}`));
    }, START_MS);
    child.stdout?.on('data', (words: unknown) => {
      said += String(words);
      if (!/http:\/\/\S+\s/u.test(said)) return;
      clearTimeout(late);
      resolve(said);
    });
    child.stderr?.on('data', (words: unknown) => (logged += String(words)));
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`the node ended with ${code}; it said: ${said}${logged}`));
    });
  });
}
