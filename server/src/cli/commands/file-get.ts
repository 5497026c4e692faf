/**
 * `copse file get` and `copse file host` (SPEC Z45, Z41): a download is written beside its place and gets its name
 * when it is whole, and what came from another node is hosted by one's own.
 */

import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { open, rename, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import { fileChunkBytes } from 'copse/internal/base/limits-files.ts';
import type { FilePlan } from 'copse/internal/client/files-download.ts';
import type { Context } from '../context.ts';
import { size } from '../output.ts';
import { desk, progressOf, type Desk } from './files.ts';

export interface GetFlags {
  readonly from?: string;
  readonly host?: boolean;
}

/** A download that is under way. */
interface Coming {
  readonly at: Desk;
  readonly plan: FilePlan;
  /** Nodes that may have it. */
  readonly from: readonly string[];
}

export async function get(
  context: Context,
  words: readonly string[],
  { from, host = true }: GetFlags,
): Promise<void> {
  const [address = '', path] = words;
  const other = from === undefined ? null : originOf(from);
  await using at = await desk(context);
  const own = new URL(at.copse.node.url).origin;
  const origins = other === null ? [own] : [other, own];
  const coming: Coming = { at, plan: await at.files.plan(address, { from: origins }), from: origins };
  await (path === undefined ? shown(context, coming) : fetched(context, coming, path));
  const isElsewhere = other !== null && other !== own;
  const hosted = host && isElsewhere ? await hostedOf(context, coming, path) : null;
  if (path === undefined) return;
  const { size: bytes, type } = coming.plan.manifest;
  const lines = [`${path}: ${size(bytes)}, ${type}`, ...(hosted === null ? [] : [hosted.words])];
  const value = { address, path, size: bytes, type, hosted: hosted?.isDone ?? false };
  context.output.result(lines.join('\n'), value);
}

export async function host(context: Context, address: string, from: string): Promise<void> {
  const origin = originOf(from);
  await using at = await desk(context);
  const line = progressOf(context, 'hosted');
  const info = await at.files.host(address, [origin], { onProgress: line.tell });
  line.end();
  context.output.result(`${info.address} is hosted by your node: ${size(info.size)}, ${info.type}`, {
    ...info,
    root: undefined,
    url: at.files.url(info.address),
  });
}

/** As people write it, and as `who-is` shows it: `wss://copse.example#KEY`. */
function originOf(text: string): string {
  const url = text.replace(/^ws/, 'http');
  if (URL.canParse(url) && /^https?:/.test(url)) return new URL(url).origin;
  throw new Fault('usage', `\`${text}\` is no address of a node: https://copse.example.`);
}

/** To standard output; nothing of it is kept here. */
async function shown(context: Context, { at, plan, from }: Coming): Promise<void> {
  const line = progressOf(context, 'downloaded');
  const chunks = at.files.download(plan.address, { from, onProgress: line.tell });
  for await (const chunk of chunks) await printed(chunk).catch(refusedBy);
  line.end();
}

async function printed(chunk: Uint8Array): Promise<void> {
  if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
}

/** What lies at the path stays, whatever it is; an earlier run is gone on with in the file beside it. */
async function fetched(context: Context, coming: Coming, path: string): Promise<void> {
  const { plan } = coming;
  if (existsSync(path)) {
    if (await isWhole(path, plan)) return;
    throw new Fault('usage', `There is a file ${path} already, which is another one.`);
  }
  const part = `${path}.part`;
  const skip = await soundChunks(part, plan);
  {
    await using file = await opened(part);
    await written(context, coming, { file, skip });
  }
  await rename(part, path);
}

/** Each chunk at its place, so that two runs at once do no harm. */
async function written(
  context: Context,
  { at, plan, from }: Coming,
  { file, skip }: { readonly file: FileHandle; readonly skip: number },
): Promise<void> {
  const line = progressOf(context, 'downloaded');
  const onProgress = (done: number, of: number): void =>
    line.tell(Math.min(of, skip * fileChunkBytes + done), of);
  let place = skip * fileChunkBytes;
  for await (const chunk of at.files.download(plan.address, { from, skip, onProgress })) {
    await writeAt(file, chunk, place).catch(refusedBy);
    place += chunk.length;
  }
  await file.truncate(plan.manifest.size);
  await file.sync().catch(refusedBy);
  line.end();
}

async function writeAt(file: FileHandle, chunk: Uint8Array, place: number): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done, place + done);
    done += bytesWritten;
  }
}

function opened(path: string): Promise<FileHandle> {
  return open(path, existsSync(path) ? 'r+' : 'w').catch(refusedBy);
}

/** What the disk says, as what it means for who asked for the file. */
function refusedBy(thrown: unknown): never {
  if (!(thrown instanceof Error)) throw thrown;
  const isFull = 'code' in thrown && (thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT');
  throw new Fault(isFull ? 'full' : 'usage', `The file cannot be written: ${thrown.message}.`);
}

async function isWhole(path: string, plan: FilePlan): Promise<boolean> {
  const found = statSync(path);
  if (!found.isFile() || found.size !== plan.manifest.size) return false;
  return (await soundChunks(path, plan)) === plan.digests.length;
}

/** How many chunks at the beginning of a file are what they should be. */
async function soundChunks(path: string, { digests }: FilePlan): Promise<number> {
  if (!existsSync(path) || !statSync(path).isFile()) return 0;
  const file = Bun.file(path);
  for (const [at, digest] of digests.entries()) {
    const bytes = await file.slice(at * fileChunkBytes, (at + 1) * fileChunkBytes).bytes();
    if (!new Bun.CryptoHasher('sha256').update(bytes).digest().equals(digest)) return at;
  }
  return digests.length;
}

interface Hosted {
  readonly isDone: boolean;
  readonly words: string;
}

/** What was asked for is here already, so that a node which takes no more of it is told and ends nothing. */
async function hostedOf(context: Context, { at, plan, from }: Coming, path?: string): Promise<Hosted> {
  const line = progressOf(context, 'hosted');
  const options = { onProgress: line.tell, ...(path === undefined ? {} : { name: basename(path) }) };
  try {
    if (path === undefined) await at.files.host(plan.address, from, options);
    else await at.files.upload(Bun.file(path), { ...options, type: plan.manifest.type, kind: 'cache' });
    return { isDone: true, words: 'Your node hosts it too, until the room is needed.' };
  } catch (thrown) {
    const { message } = asFault(thrown);
    return { isDone: false, words: `Your own node does not host it: ${message}` };
  } finally {
    line.end();
  }
}
