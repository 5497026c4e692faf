/**
 * One process per keep: who holds it answers on a local socket beside it, so a crash leaves a lock that
 * nobody answers for, whatever became of its process number.
 */

import { createHash, randomBytes } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Fault } from '../base/fault.ts';

const ANSWER_MS = 500;
/** Long enough for a rival that found the same dead socket to have put its own in the place of ours. */
const RIVAL_MS = 20;
/** sockaddr_un.sun_path has 104 bytes on macOS and 108 on Linux. */
const PATH_BYTES_MAX = 100;

export interface FileLock extends AsyncDisposable {
  readonly path: string;
}

/** Throws `locked` when another process, or this one, holds `directory`. */
export async function lockDirectory(directory: string): Promise<FileLock> {
  const path = socketPath(directory);
  const token = randomBytes(16).toString('hex');
  if ((await ask(path)) !== null) throw locked(directory);
  const server = await listen(path, token);
  if (server === null) throw locked(directory);
  await new Promise((resolve) => setTimeout(resolve, RIVAL_MS));
  if ((await ask(path)) === token) return { path, [Symbol.asyncDispose]: () => close(server) };
  await close(server);
  throw locked(directory);
}

function locked(directory: string): Fault {
  return new Fault('locked', `The keep in ${directory} is open elsewhere.`);
}

function socketPath(directory: string): string {
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\copse-${name}`;
  const beside = join(directory, 'lock');
  return Buffer.byteLength(beside) <= PATH_BYTES_MAX ? beside : join(tmpdir(), `copse-${name}`);
}

/** The token of whoever answers at `path`, empty when it says nothing in time, or null when nobody does. */
function ask(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const timer = setTimeout(() => socket.destroy(), ANSWER_MS);
    let said = '';
    let isThere = false;
    socket.setEncoding('utf8');
    socket.on('connect', () => (isThere = true));
    socket.on('data', (part: string) => (said += part));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(isThere ? said : null);
    });
  });
}

/** Null when a rival was faster. */
async function listen(path: string, token: string): Promise<Server | null> {
  if (process.platform !== 'win32') await unlink(path).catch(() => {});
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(token);
  });
  // The lock alone keeps no process alive.
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(null);
      else reject(new Fault('config', 'the keep cannot be locked', { cause: error }));
    });
    server.listen(path, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
