/**
 * A PostgreSQL server of a test's own: made in a folder that goes away, reached on loopback by its own port,
 * with fsync, as a database that keeps what it acknowledges has to run. It can be killed, stopped in its tracks
 * and started again on the same data.
 */

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { realEnv } from 'copse/internal/base/env.ts';
import { Postgres } from '../../server/src/store/postgres.ts';

const DEBIAN = '/usr/lib/postgresql';
const SETPRIV = '/usr/bin/setpriv';
const START_MS = 30_000;
const USER = 'copse';

/** Where `initdb` and `postgres` are, or null. */
function programs(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).map(Number).filter(Number.isFinite) : [];
  const newest = versions.toSorted((a, b) => b - a).map((version) => join(DEBIAN, String(version), 'bin'));
  const path = (process.env['PATH'] ?? '').split(':');
  return [...newest, ...path].find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL does not run as root; then it runs as the user that Debian makes for it. */
function account(): Account | null {
  if (process.getuid?.() !== 0) return {};
  const numbers = ['-u', '-g'].map((flag) => spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  if (numbers.some(({ status }) => status !== 0)) return null;
  const [uid, gid] = numbers.map(({ stdout }) => Number(stdout.trim()));
  return { uid: uid ?? 0, gid: gid ?? 0 };
}

/** Why there can be no cluster here, or null. Installs Debian's package when we are root and it is missing. */
export function postgresMissing(): string | null {
  if (programs() === null) install();
  if (programs() === null) return 'PostgreSQL is missing: apt-get install postgresql';
  return account() === null ? 'PostgreSQL needs a user that is not root' : null;
}

function install(): void {
  if (process.getuid?.() !== 0) return;
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'postgresql']]) {
    spawnSync('apt-get', args, {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
}

export interface Cluster extends AsyncDisposable {
  /** Its certificate, made out to `localhost`, in a file; null when it speaks in clear only. */
  readonly certificate: string | null;
  /** Of a database that nothing else is in; each call makes another one. */
  database(): Promise<string>;
  connect(url: string, deadlineMs?: number): Postgres;
  /** Kills the server and all its processes at once, as a loss of power would. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Stops the server in its tracks, and lets it go on. */
  freeze(): void;
  thaw(): void;
}

/** A key and a certificate that signs itself; false when there is no OpenSSL. */
function certify(folder: string, { uid, gid }: Account): boolean {
  const key = join(folder, 'server.key');
  const words = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '9',
  ];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', key, '-out', join(folder, 'server.crt')];
  if (spawnSync('openssl', [...words, ...name, ...files]).status !== 0) return false;
  if (uid !== undefined && gid !== undefined) chownSync(key, uid, gid);
  return true;
}

export async function startCluster({ isSecured = false } = {}): Promise<Cluster> {
  const bin = programs();
  const who = account();
  if (bin === null || who === null) throw new Error(postgresMissing() ?? 'no PostgreSQL');
  const folder = mkdtempSync(join(tmpdir(), 'copse-postgres-'));
  if (who.uid !== undefined && who.gid !== undefined) chownSync(folder, who.uid, who.gid);
  const data = join(folder, 'data');
  const words = ['-D', data, '-A', 'trust', '-U', USER, '-E', 'UTF8', '--no-locale', '--no-instructions'];
  const made = spawnSync(join(bin, 'initdb'), words, { ...who, cwd: folder, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const certificate = isSecured && certify(folder, who) ? join(folder, 'server.crt') : null;
  const server = new Server(bin, { ...who, folder, data, certificate, port: await freePort() });
  await server.start();
  return server;
}

interface Place extends Account {
  readonly folder: string;
  readonly data: string;
  readonly certificate: string | null;
  readonly port: number;
}

class Server implements Cluster {
  readonly #bin: string;
  readonly #place: Place;
  #child: ChildProcess | null = null;
  #databases = 0;

  constructor(bin: string, place: Place) {
    this.#bin = bin;
    this.#place = place;
  }

  get certificate(): string | null {
    return this.#place.certificate;
  }

  async start(): Promise<void> {
    const { folder, data, certificate, port, uid, gid } = this.#place;
    const files = [`ssl_cert_file=${certificate}`, `ssl_key_file=${join(folder, 'server.key')}`];
    const secured = certificate === null ? [] : ['ssl=on', ...files];
    const settings = ['fsync=on', ...secured].flatMap((setting) => ['-c', setting]);
    const words = ['-D', data, '-k', folder, '-h', '127.0.0.1', '-p', String(port), ...settings];
    const program = join(this.#bin, 'postgres');
    const child = existsSync(SETPRIV)
      ? spawn(SETPRIV, [...dyingWithUs(this.#place), program, ...words], { cwd: folder, stdio: 'ignore' })
      : spawn(program, words, { ...(uid === undefined ? {} : { uid, gid }), cwd: folder, stdio: 'ignore' });
    this.#child = child;
    const endMs = performance.now() + START_MS;
    for (;;) {
      await using postgres = this.connect(this.#url('postgres'));
      try {
        await postgres.query('SELECT 1');
        return;
      } catch (thrown) {
        const isOver = child.exitCode !== null || performance.now() > endMs;
        if (isOver) throw new Error('PostgreSQL does not start', { cause: thrown });
      }
      await pause(50);
    }
  }

  #url(database: string): string {
    return `postgres://${USER}@127.0.0.1:${this.#place.port}/${database}`;
  }

  async database(): Promise<string> {
    const name = `test${++this.#databases}`;
    await using postgres = this.connect(this.#url('postgres'));
    await postgres.query(`CREATE DATABASE ${name}`);
    return this.#url(name);
  }

  connect(url: string, deadlineMs = 5_000): Postgres {
    return new Postgres({ url, password: '', env: realEnv(), deadlineMs });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    signal(child, 'SIGKILL');
    await gone;
  }

  restart(): Promise<void> {
    return this.start();
  }

  freeze(): void {
    if (this.#child !== null) signal(this.#child, 'SIGSTOP');
  }

  thaw(): void {
    if (this.#child !== null) signal(this.#child, 'SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw();
    await this.kill();
    rmSync(this.#place.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A test that is killed leaves no server behind: that one hears of it as of an operator who wants it to stop. */
function dyingWithUs({ uid, gid }: Account): readonly string[] {
  const user = uid === undefined ? [] : [`--reuid=${uid}`, `--regid=${gid ?? uid}`, '--clear-groups'];
  return ['--pdeathsig=INT', ...user];
}

/** To the server and each of its processes, which are groups of their own. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  const { pid } = child;
  if (pid === undefined) return;
  const listed = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' }).stdout;
  for (const each of [pid, ...listed.split('\n').map(Number)]) {
    if (each > 0) tell(each, name);
  }
}

function tell(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
