/**
 * An account as one file, made record by record (SPEC Z100): who it is and where, what the node says of its place,
 * every message that its user has signed, the newest first, what she keeps for good, and her files. Each message is
 * checked before it is written; sealed statements stay sealed.
 */

import { equal, fromHex, hex } from '../../base/bytes.ts';
import type { Env } from '../../base/env.ts';
import { asFault, Fault } from '../../base/fault.ts';
import { key as keyOf, type Key } from '../../base/ids.ts';
import {
  accountFileOperationsMax,
  accountFilePieceBytes,
  accountFileTreeMax,
} from '../../base/limits-account-file.ts';
import { peerPageRowsMax } from '../../base/limits-peer.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { AccountFileWriter } from '../../social/account-file/account-file.ts';
import type { AccountFile, AccountRecord, AccountStanding } from '../../social/account-file/record.ts';
import { isCurrentKind } from '../../social/message/kinds.ts';
import type { AccountBranch, AccountRow, Accounts } from '../accounts.ts';
import { isOf } from '../account-trail.ts';
import type { Files, HeldFile } from '../files.ts';
import { pinnedAmong } from './account-pins.ts';
import type { PlaceLine } from './place-line.ts';
import { interest } from './interest.ts';
import { checkedRow } from './read.ts';
import type { PostCursor } from './types.ts';

export interface ExportOptions {
  /** Whose account; one's own unless said otherwise. Of others there is what everybody may read. */
  readonly of?: Key;
  /** `copse.accounts()`: adds the place of the account and the operations on it. */
  readonly accounts?: Pick<Accounts, 'me' | 'tree' | 'trail'>;
  /** `copse.files()`: adds which files it holds. */
  readonly files?: Pick<Files, 'list' | 'plan' | 'download'>;
  /** The bytes of its own files too. */
  readonly withChunks?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: ExportProgress) => void;
}

export interface ExportProgress {
  readonly records: number;
  readonly bytes: number;
}

export interface AccountFileParts {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly url: string;
  readonly node: Key;
  /** Null: a stranger. */
  readonly me: Key | null;
  readonly line: Pick<PlaceLine, 'get'>;
}

/** In pieces of a useful size. */
export async function* exportAccount(
  parts: AccountFileParts,
  options: ExportOptions,
): AsyncGenerator<Uint8Array> {
  const { me } = parts;
  const of = options.of ?? me;
  if (me === null || of === null) throw new Fault('forbidden', 'sign in to export an account');
  const { signal, onProgress } = options;
  const writer = new AccountFileWriter(parts.primitives);
  const gathering = new Gathering(accountFilePieceBytes);
  for await (const record of recordsOf(parts, { ...options, of, me })) {
    if (signal?.aborted === true) throw new Fault('closed', 'the export was given up');
    const piece = gathering.add(writer.add(record));
    if (piece === null) continue;
    yield piece;
    onProgress?.({ records: writer.count, bytes: gathering.bytes });
  }
  gathering.add(writer.end());
  yield gathering.rest();
  onProgress?.({ records: writer.count + 1, bytes: gathering.bytes });
}

/** Small records become pieces of at least this size. */
class Gathering {
  readonly #least: number;
  #parts: Uint8Array[] = [];
  #size = 0;
  bytes = 0;

  constructor(least: number) {
    this.#least = least;
  }

  add(part: Uint8Array): Uint8Array | null {
    this.#parts.push(part);
    this.#size += part.length;
    this.bytes += part.length;
    return this.#size < this.#least ? null : this.rest();
  }

  rest(): Uint8Array {
    const piece = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      piece.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#size = 0;
    return piece;
  }
}

type Written = Exclude<AccountRecord, { kind: 'other' | 'end' }>;

interface Exporting extends ExportOptions {
  readonly of: Key;
  readonly me: Key;
}

async function* recordsOf(parts: AccountFileParts, options: Exporting): AsyncGenerator<Written> {
  const { env, node, url } = parts;
  const { of, me, accounts, files } = options;
  yield { kind: 'head', user: of, node, url, madeMs: Math.floor(env.wallMs()), by: me };
  if (accounts !== undefined) yield* placeOf(accounts, of, me);
  yield* messagesOf(parts, of, me);
  if (files !== undefined && equal(of, me)) yield* filesOf(files, options);
}

/** What the node says of the account: nothing of one that this user may not see. */
async function* placeOf(
  accounts: NonNullable<ExportOptions['accounts']>,
  of: Key,
  me: Key,
): AsyncGenerator<Written> {
  const path = equal(of, me) ? await ownPath(accounts) : await pathTo(accounts, of);
  const [account, ...above] = path;
  if (account !== undefined) yield standingOf(account, above);
  let count = 0;
  for await (const { number, atMs, kind: act, bytes, prev, hash, operation } of accounts.trail()) {
    if (!isOf(operation, of)) continue;
    if (++count > accountFileOperationsMax) return;
    yield { kind: 'operation', number, atMs, act, bytes, prev, hash };
  }
}

async function ownPath(accounts: Pick<Accounts, 'me'>): Promise<readonly AccountRow[]> {
  const { account, above } = await accounts.me();
  return [account, ...above];
}

/** An account below this user, or for an admin any, and those above it as far as she sees them. */
async function pathTo(accounts: Pick<Accounts, 'tree'>, of: Key): Promise<readonly AccountRow[]> {
  try {
    const { branches } = await accounts.tree(accountFileTreeMax);
    return found(branches, of) ?? [];
  } catch (thrown) {
    // A tree that is too large to be looked through at once: the file says nothing of the place.
    if (asFault(thrown).code === 'tooMany') return [];
    throw thrown;
  }
}

function found(branches: readonly AccountBranch[], of: Key): readonly AccountRow[] | null {
  for (const { account, below } of branches) {
    if (equal(account.key, of)) return [account];
    const path = found(below, of);
    if (path !== null) return [...path, account];
  }
  return null;
}

function standingOf(account: AccountRow, above: readonly AccountRow[]): AccountStanding {
  const { place, name, quota, bytes, madeMs, state } = account;
  const named = above.map((each) => ({ key: keyOf(each.key.slice()), name: each.name }));
  return { kind: 'standing', place, name, quota, bytes, madeMs, state, above: named };
}

const NONE: ReadonlySet<string> = new Set();

async function* messagesOf(
  { line, primitives }: AccountFileParts,
  of: Key,
  me: Key,
): AsyncGenerator<Written> {
  const interests = [interest('posts', of), interest('other', of)];
  for (let before: PostCursor | null = null; ;) {
    const remote = await line.get();
    const { rows } = await remote.page({ of: interests, before, rows: peerPageRowsMax });
    const page = await Promise.all(rows.map((row) => checkedRow(primitives, row.message)));
    // Keys that begin alike are found together.
    const hers = page.filter(({ from }) => equal(from, of));
    for (const { bytes } of hers) yield { kind: 'message', bytes };
    const ids = hers.filter(({ kind }) => !isCurrentKind(kind)).map(({ id }) => id);
    const pinned = equal(of, me) ? await pinnedAmong(line, ids) : NONE;
    for (const id of ids) if (pinned.has(hex(id))) yield { kind: 'pin', id };
    const last = rows.at(-1);
    if (last === undefined) return;
    before = { timeMs: page.at(-1)?.timeMs ?? 0, seq: last.seq };
  }
}

async function* filesOf(
  files: NonNullable<ExportOptions['files']>,
  { withChunks = false, signal }: Exporting,
): AsyncGenerator<Written> {
  for await (const held of files.list()) {
    if (held.state !== 'whole') continue;
    const digests = withChunks && held.kind === 'own' ? await digestsOf(files, held) : [];
    yield fileOf(held, digests);
    if (digests.length === 0) continue;
    const address = addressOf(held);
    let at = 0;
    const stop = signal === undefined ? {} : { signal };
    for await (const bytes of files.download(held.address, stop))
      yield { kind: 'chunk', address, at: at++, bytes };
  }
}

/** None of a file that has gone meanwhile. */
async function digestsOf(files: Pick<Files, 'plan'>, { address }: HeldFile): Promise<readonly Uint8Array[]> {
  try {
    return (await files.plan(address)).digests;
  } catch (thrown) {
    if (asFault(thrown).code === 'unknown') return [];
    throw thrown;
  }
}

function fileOf(held: HeldFile, digests: readonly Uint8Array[]): AccountFile {
  const { size, type, name, kind, pinned } = held;
  const all = new Uint8Array(32 * digests.length);
  for (const [at, digest] of digests.entries()) all.set(digest, 32 * at);
  return {
    kind: 'file',
    address: addressOf(held),
    size,
    type,
    name,
    held: kind,
    isPinned: pinned,
    digests: all,
  };
}

function addressOf({ address }: HeldFile): Uint8Array {
  const bytes = fromHex(address);
  if (bytes === null) throw new Fault('malformed', 'the node lists a file without an address');
  return bytes;
}
