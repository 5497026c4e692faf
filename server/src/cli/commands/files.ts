/** The commands of `copse file` (SPEC Z45): uploads that go on, and what an account holds; `get` is in `file-get.ts`. */

import { existsSync, statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { fromBase64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key } from 'copse/internal/base/ids.ts';
import type { Copse, Files } from 'copse/internal/client/index.ts';
import type { Context } from '../context.ts';
import { size, table } from '../output.ts';
import { open } from '../person.ts';

const GRANT_BYTES = 100 << 20;
const GRANT_DAYS = 7;
/** What takes less needs no line of progress. */
const PROGRESS_AFTER_MS = 1_000;
const KEY_BYTES = 32;

export interface Desk extends AsyncDisposable {
  readonly copse: Copse;
  readonly files: Files;
}

export async function desk(context: Context): Promise<Desk> {
  const copse = await open(context);
  return { copse, files: await copse.files(), [Symbol.asyncDispose]: () => copse.close() };
}

export interface PutFlags {
  readonly name?: string;
  readonly type?: string;
  readonly grant?: string;
}

export async function put(context: Context, path: string, flags: PutFlags): Promise<void> {
  if (!existsSync(path) || !statSync(path).isFile()) throw new Fault('usage', `There is no file ${path}.`);
  await using at = await desk(context);
  const { url, key: node } = at.copse.node;
  const files = flags.grant === undefined ? at.files : at.files.withGrant(flags.grant, { url, key: node });
  const name = flags.name ?? basename(path);
  const line = progressOf(context, 'uploaded');
  const info = await files.upload(Bun.file(path), {
    name,
    type: flags.type ?? typeOf(path),
    onProgress: line.tell,
  });
  line.end();
  context.output.result(`${info.address}\n${files.url(info.address)}`, {
    ...info,
    root: undefined,
    url: files.url(info.address),
  });
}

export async function list(context: Context): Promise<void> {
  await using at = await desk(context);
  const rows = [['ADDRESS', 'SIZE', 'TYPE', 'KEPT', 'NAME']];
  const values: object[] = [];
  for await (const held of at.files.list()) {
    const kept = held.state === 'coming' ? 'coming' : held.pinned ? 'pinned' : held.kind;
    rows.push([held.address, size(held.size), held.type, kept, held.name]);
    values.push(held);
  }
  const empty = 'You hold no files: `copse file put PATH`.';
  context.output.result(values.length === 0 ? empty : table(rows), values);
}

export async function change(
  context: Context,
  what: 'pin' | 'unpin' | 'drop',
  address: string,
): Promise<void> {
  await using at = await desk(context);
  await at.files[what](address);
  const words = { pin: 'is kept', unpin: 'goes when room is needed', drop: 'is held no more' }[what];
  context.output.result(`${address} ${words}.`, { address, done: what });
}

export async function usage(context: Context): Promise<void> {
  await using at = await desk(context);
  const used = await at.files.usage();
  const { bytes, cacheBytes, allowance, files, uploads } = used;
  const text = `${size(bytes)} of ${size(allowance)} in ${files} files, of that ${size(cacheBytes)} that go when room is needed; ${uploads} uploads under way`;
  context.output.result(text, used);
}

export interface GrantFlags {
  readonly bytes?: string;
  readonly days?: string;
}

export async function grant(context: Context, word: string, flags: GrantFlags): Promise<void> {
  const user = fromBase64url(word);
  if (user?.length !== KEY_BYTES) throw new Fault('usage', 'A key is 43 characters of base64url.');
  const bytes = countOf('bytes', flags.bytes, GRANT_BYTES);
  const days = countOf('days', flags.days, GRANT_DAYS);
  await using at = await desk(context);
  const text = await at.files.grant({ user: key(user), bytes, days });
  context.output.result(text, { grant: text, bytes, days });
}

function countOf(name: string, text: string | undefined, initial: number): number {
  if (text === undefined) return initial;
  if (!/^[1-9]\d{0,14}$/u.test(text))
    throw new Fault('usage', `\`--${name}\` is a whole number, not \`${text}\`.`);
  return Number(text);
}

export interface Progress {
  readonly tell: (done: number, of: number | null) => void;
  readonly end: () => void;
}

export function progressOf(context: Context, verb: string): Progress {
  const { env, output } = context;
  const beganMs = env.nowMs();
  let isShown = false;
  return {
    tell(done, of) {
      const ms = env.nowMs() - beganMs;
      if (ms < PROGRESS_AFTER_MS) return;
      isShown = true;
      const share = of === null || of === 0 ? '' : ` of ${size(of)}, ${Math.floor((100 * done) / of)} %`;
      output.progress(`${verb} ${size(done)}${share}, ${size((1000 * done) / ms)}/s`);
    },
    end() {
      if (isShown) output.progress('');
    },
  };
}

/** By the end of a name, as far as browsers show it; anything else is bytes. */
const TYPES: Readonly<Record<string, string>> = {
  '.aac': 'audio/aac',
  '.avif': 'image/avif',
  '.flac': 'audio/flac',
  '.gif': 'image/gif',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.m4a': 'audio/mp4',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.oga': 'audio/ogg',
  '.ogg': 'audio/ogg',
  '.ogv': 'video/ogg',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.txt': 'text/plain; charset=utf-8',
  '.wav': 'audio/wav',
  '.webm': 'video/webm',
  '.webp': 'image/webp',
  '.zip': 'application/zip',
};

export function typeOf(path: string): string {
  return TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
}
