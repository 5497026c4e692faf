/**
 * The real node as a child process, run from the checkout: it serves the app that was built a moment ago,
 * keeps its data in a folder of its own, and can be killed and come back on the same port and data.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { assert, must } from 'copse/internal/base/assert.ts';

const root = join(import.meta.dirname, '../../..');
const START_MS = 30_000;
const POLL_MS = 20;

/** What `serve --json` prints when it is ready. */
interface Announcement {
  readonly url: string;
  readonly setup: string | null;
}

export interface NodeChild extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** The link of the first start; whoever opens it becomes the admin. */
  readonly setup: string;
  readonly pid: number;
  /** Dies as in a power cut. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts on the same data and port. */
  restart(): Promise<void>;
}

/** Runs a program of the checkout to its end and answers what it printed; throws with its words when it fails. */
export async function run(
  command: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const child = spawn(must(command[0], 'a command has a name'), command.slice(1), {
    cwd: options.cwd ?? root,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  const complained: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => complained.push(text));
  await once(child, 'close');
  if (child.exitCode === 0) return said.join('');
  throw new Error(
    `${command.join(' ')} ended with ${child.exitCode}: ${complained.join('')}${said.join('')}`,
  );
}

/** Builds the app into `web/dist`, from where the node serves it. */
export async function buildWeb(): Promise<void> {
  await run([process.execPath, 'web/build.ts']);
}

/** `program` is the command line unless a test needs another way to run the same node. */
export async function startNode(
  data: string,
  extra: readonly string[] = [],
  program = 'server/src/cli/main.ts',
): Promise<NodeChild> {
  const port = await freePort();
  const flags = ['--data', data, '--port', String(port), '--json', ...extra];
  const begin = (): Promise<Started> => begun([program, 'serve', ...flags]);
  let now = await begin();
  const setup = must(now.said.setup, 'a first start prints a link');
  const kill = async (): Promise<void> => {
    if (now.child.exitCode !== null || now.child.signalCode !== null) return;
    const gone = once(now.child, 'exit');
    now.child.kill('SIGKILL');
    await gone;
  };
  return {
    url: now.said.url,
    port,
    setup,
    get pid() {
      return must(now.child.pid, 'a child that runs has a number');
    },
    kill,
    async restart() {
      now = await begin();
    },
    [Symbol.asyncDispose]: kill,
  };
}

export interface Started {
  readonly child: ChildProcess;
  readonly said: Announcement;
}

/** Starts a program that says where it is, and answers when it has said so. */
export async function begun(words: readonly string[]): Promise<Started> {
  const child = spawn(process.execPath, words, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    return { child, said: await announcement(child) };
  } catch (thrown) {
    child.kill('SIGKILL');
    throw thrown;
  }
}

/** The first line of its output that tells where it is. */
async function announcement(child: ChildProcess): Promise<Announcement> {
  let text = '';
  must(child.stdout, 'its output is a pipe')
    .setEncoding('utf8')
    .on('data', (part: string) => (text += part));
  const endMs = performance.now() + START_MS;
  while (performance.now() < endMs) {
    for (const line of text.split('\n')) {
      const found = announcementOf(line);
      if (found !== null) return found;
    }
    assert(child.exitCode === null, `the node ended with ${child.exitCode}: ${text}`);
    await pause(POLL_MS);
  }
  throw new Error(`the node did not start in time: ${text}`);
}

function announcementOf(line: string): Announcement | null {
  if (!line.startsWith('{') || !line.endsWith('}')) return null;
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null || !('url' in value) || !('setup' in value)) return null;
  const { url, setup } = value;
  if (typeof url !== 'string') return null;
  return { url, setup: typeof setup === 'string' ? setup : null };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
