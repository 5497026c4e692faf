/** Commands about names: claim, names, keys-of, cosigners. What they print has been verified by this device. */

import { base64url, fromBase64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import type { ClaimedName, Notice } from 'copse/internal/client/names.ts';
import type { Context } from '../context.ts';
import { table } from '../output.ts';
import { open } from '../person.ts';
import { trustOf } from './trust.ts';

export async function claim(context: Context, namespace: string, spelling: string): Promise<void> {
  await using copse = await open(context);
  const answer = await (await copse.names()).claim(namespace, spelling);
  const { name, number } = answer.claim;
  if (answer.kind === 'taken') {
    throw new Fault('taken', `${namespace}/${name} is number ${number}, of another user.`);
  }
  const remarks = answer.remarks.map((remark) => `\nNote: it ${remark}.`).join('');
  context.output.result(`${namespace}/${name} is yours, number ${number}.${remarks}`, {
    ...jsonOf(answer.claim),
    remarks: answer.remarks,
  });
}

/** The names of a user, or whose one name is. */
export async function listNames(
  context: Context,
  [namespace, name]: readonly string[],
  flags: { readonly user?: string },
): Promise<void> {
  await using copse = await open(context);
  const names = await copse.names();
  if (namespace !== undefined && name === undefined)
    throw new Fault('usage', 'A namespace and a name, or neither.');
  const found = namespace === undefined || name === undefined ? null : await names.holder(namespace, name);
  if (namespace !== undefined && found === null)
    throw new Fault('unknown', `Nobody has ${namespace}/${name}.`);
  const rows = found === null ? await names.claims(userKey(flags.user)) : [found];
  const shown = rows.map((row) => [
    `${row.namespace}/${row.name}`,
    String(row.number),
    base64url(row.user),
    new Date(row.timeMs).toISOString(),
  ]);
  const text = shown.length === 0 ? 'No names.' : table([['name', 'number', 'user', 'since'], ...shown]);
  context.output.result(text, rows.map(jsonOf));
}

function userKey(text: string | undefined): Key | null {
  if (text === undefined) return null;
  const bytes = fromBase64url(text);
  if (bytes?.length !== 32)
    throw new Fault('usage', 'A key has 43 characters, as `copse names` and `copse node key` show them.');
  return key(bytes);
}

function jsonOf({ user, ...rest }: ClaimedName): object {
  return { ...rest, user: base64url(user) };
}

export async function keysOf(context: Context, email: string): Promise<void> {
  await using copse = await open(context);
  const rows = await (await copse.names()).keysOf(email);
  const trust = await trustOf(
    copse,
    rows.map(({ user }) => user),
  );
  const shown = rows.map((row, at) => [
    base64url(row.user),
    base64url(row.device),
    trust[at] ?? '',
    row.method,
    new Date(row.timeMs).toISOString(),
  ]);
  const text =
    shown.length === 0
      ? `Nobody signs in as ${email}.`
      : table([['user', 'device', 'key', 'by', 'since'], ...shown]);
  context.output.result(
    text,
    rows.map((row, at) => ({
      ...row,
      user: base64url(row.user),
      device: base64url(row.device),
      trust: trust[at],
    })),
  );
}

const NOTICED: Readonly<Record<Notice['kind'], string>> = {
  statement: 'a device signed in with your address',
  withdrawal: 'a statement of your address has ended',
  claim: 'a name was claimed',
  keyChange: 'a key of yours was stated',
  nodeRevoked: 'the node has revoked its key',
};

/** What the log of the node says about this user that this device did not cause, the newest first. */
export async function notices(context: Context): Promise<void> {
  await using copse = await open(context);
  const names = await copse.names();
  // What was said since the last look is looked at first.
  await names.look();
  const rows = await names.notices();
  const shown = rows.map(({ index, kind, timeMs, about, isMine }) => [
    new Date(timeMs).toISOString(),
    String(index),
    NOTICED[kind],
    about,
    isMine ? 'under your key' : 'UNDER ANOTHER KEY',
  ]);
  const text =
    shown.length === 0
      ? 'Nothing that this device did not cause.'
      : table([['when', 'leaf', 'what', '', ''], ...shown]);
  context.output.result(text, rows);
}

/** Whether the key of the node counts, asked now. */
export async function nodeKey(context: Context): Promise<void> {
  await using copse = await open(context);
  const names = await copse.names();
  await names.requireNode();
  const { origin, size } = await names.checkpoint();
  const word = base64url(copse.node.key);
  context.output.result(`${word}\nIt has not been revoked in the ${size} leaves of ${origin}.`, {
    key: word,
    origin,
    size,
    revoked: false,
  });
}

/** For good; the beginning of the key is typed so that nobody does it to the wrong node. */
export async function revokeNodeKey(
  context: Context,
  beginning: string,
  flags: { readonly successor?: string },
): Promise<void> {
  await using copse = await open(context);
  const own = base64url(copse.node.key);
  if (beginning.length < 6 || !own.startsWith(beginning))
    throw new Fault('usage', `This node has the key ${own}: type its first six characters or more.`);
  const successor = flags.successor === undefined ? null : userKey(flags.successor);
  await (await copse.names()).revokeNode(successor);
  context.output.result(
    'The node has revoked its key, in its own log. No device relies on what it states now.',
    {
      key: own,
      successor: flags.successor ?? null,
      revoked: true,
    },
  );
}

export async function listCosigners(context: Context): Promise<void> {
  await using copse = await open(context);
  const words = await (await copse.names()).cosigners();
  context.output.result(words.length === 0 ? 'No cosigners.' : words.join('\n'), words);
}

export async function setCosigner(context: Context, word: string, how: 'add' | 'remove'): Promise<void> {
  await using copse = await open(context);
  await (await copse.names()).setCosigner(word, { isWanted: how === 'add' });
  const text =
    how === 'add' ? 'Its cosignatures are taken from now on.' : 'Its cosignatures are taken no more.';
  context.output.result(text, { cosigner: word, isWanted: how === 'add' });
}
