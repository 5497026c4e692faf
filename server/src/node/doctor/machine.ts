/** Looks at the machine: disk, open files, clock, port and address; and at what the node lets go. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { base64url } from 'copse/internal/base/bytes.ts';
import { clockSkewMs, diskFloorBytes } from 'copse/internal/base/limits.ts';
import { freeBytes } from '../data-directory.ts';
import { isRecord, parseJson } from '../json.ts';
import { isLoopback } from '../loopback.ts';
import { NODE_KEY_FILE, readSeed } from '../node-key.ts';
import { readTailKey } from '../shards/tail-key.ts';
import { retentionWords } from '../retention.ts';
import { found, noted, problem, skipped, warning, well, type Outcome, type Patient } from './finding.ts';

/** Where a warning about the disk begins, in multiples of what is a problem. */
const DISK_WARNING = 8;
const MIB = 1 << 20;
/** Files and sockets of a node beside its connections. */
const FILES_BESIDE = 64;
/** No clock is right that says it is before this program was written. */
const WRITTEN_MS = Date.UTC(2026, 0, 1);
const ANSWER_MS = 2000;
/** How versions of the runtime say that nobody listens. */
const REFUSED: readonly string[] = ['ECONNREFUSED', 'ConnectionRefused'];

export function lookAtDisk({ paths: { directory } }: Patient): Outcome {
  const place = existing(resolve(directory));
  const free = freeBytes(place);
  if (free >= DISK_WARNING * diskFloorBytes) return well;
  const what = `${Math.floor(free / MIB)} MiB are free.`;
  const todo = 'Make room, set `retainDays`, `retainBytes` or `retainCount`, or move the directory.';
  const isProblem = free < diskFloorBytes;
  return found((isProblem ? problem : warning)(place, what, todo));
}

/** What is dropped does not come back, so who asks how the node is reads it. */
export function lookAtRetention({ settings }: Patient): Outcome {
  const words = retentionWords(settings);
  return noted(words === null ? 'Every entry is kept.' : `Entries ${words} are dropped.`);
}

/** The directory itself, or the nearest one above it that exists. */
function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path));
}

/** Each connection is a file; the kernel says how many this process may open. */
export function lookAtOpenFiles({ settings: { connections } }: Patient): Outcome {
  const limits = '/proc/self/limits';
  if (!existsSync(limits)) return skipped('This system does not say how many files a process may open.');
  const max = Number(/^Max open files\s+(\d+)/m.exec(readFileSync(limits, 'utf8'))?.[1] ?? Number.NaN);
  if (Number.isNaN(max) || max >= connections + FILES_BESIDE) return well;
  const what = `A process may open ${max} files, and \`connections\` is ${connections}.`;
  const todo = `Raise it (\`ulimit -n\`, LimitNOFILE= in systemd) or set \`connections\` to ${Math.max(1, max - FILES_BESIDE)}.`;
  return found(warning('open files', what, todo));
}

/** Dates stand in every grant: a clock that is wrong refuses who is right. */
export function lookAtClock({ env, paths: { directory } }: Patient): Outcome {
  const nowMs = env.wallMs();
  const said = new Date(nowMs).toISOString();
  const todo = 'Set the clock, best by a time service (NTP).';
  if (nowMs < WRITTEN_MS)
    return found(problem('clock', `It says ${said}, which is before copse was written.`, todo));
  const newestMs = newestIn(directory);
  if (newestMs <= nowMs + clockSkewMs) return well;
  const what = `It says ${said}, but the data was written at ${new Date(newestMs).toISOString()}.`;
  return found(problem('clock', what, todo));
}

function newestIn(directory: string): number {
  if (!existsSync(directory)) return 0;
  const times = readdirSync(directory, { withFileTypes: true }).map((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return newestIn(path);
    return entry.isFile() ? statSync(path).mtimeMs : 0;
  });
  return Math.max(0, ...times);
}

/** The port is free, or this very node answers there. */
export async function lookAtPort(patient: Patient): Promise<Outcome> {
  const { settings, holder } = patient;
  const { host, port } = settings;
  if (port === 0) return skipped('The node takes a free port.');
  const where = `port ${port} of ${host}`;
  const answer = await ask(host, port);
  if (answer.kind === 'nobody') {
    if (holder === null) return well;
    const what = `Process ${holder} uses the data, but does not answer here.`;
    return found(warning(where, what, 'Give the doctor the flags that the node was started with.'));
  }
  const key = await ownKey(patient);
  if (answer.kind === 'node' && answer.key === key) return well;
  const who = answer.kind === 'node' ? `another node (key ${answer.key})` : 'another program';
  return found(problem(where, `It is used by ${who}.`, 'Stop that, or choose another port with `--port`.'));
}

type Answer =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'node'; readonly key: string }
  | { readonly kind: 'other' };

async function ask(host: string, port: number): Promise<Answer> {
  const near = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const url = `http://${near.includes(':') ? `[${near}]` : near}:${port}/node.json`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
    const said = parseJson(await answer.text());
    const key = isRecord(said) ? said['key'] : undefined;
    return typeof key === 'string' ? { kind: 'node', key } : { kind: 'other' };
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
    return { kind: REFUSED.includes(code) ? 'nobody' : 'other' };
  }
}

/** Empty when there is none; of a tail, the key of the node that it belongs to. */
async function ownKey({ paths: { directory }, primitives, settings }: Patient): Promise<string> {
  try {
    if (settings.role === 'tail') return base64url((await readTailKey(directory, primitives)).node);
    return base64url(await primitives.ed25519PublicKey(readSeed(join(directory, NODE_KEY_FILE))));
  } catch {
    return '';
  }
}

/** What browsers and counting need of the public address. */
export function lookAtAddress({ settings: { url, host, proxied } }: Patient): Outcome {
  if (url === '') return well;
  const { protocol, hostname } = new URL(url);
  if (protocol === 'http:' && !isLoopback(hostname)) {
    const what = `\`url\` is ${url}: over http:// browsers give pages no cryptography, so the app cannot run.`;
    return found(problem('url', what, 'Put a TLS proxy in front and set `url` to https://….'));
  }
  if (protocol === 'https:' && isLoopback(host) && !proxied) {
    const what = 'Callers come through a proxy on this machine, and all of them count as one address.';
    return found(warning('proxied', what, 'Set `proxied` when the proxy sends `X-Forwarded-For`.'));
  }
  return well;
}
