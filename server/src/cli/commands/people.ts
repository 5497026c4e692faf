/** Commands about who you are: login, whoami, devices. */

import { readFileSync } from 'node:fs';
import { base64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { openCopse, takeUpAccount } from 'copse/internal/native/index.ts';
import type { Context } from '../context.ts';
import { table } from '../output.ts';
import { open } from '../person.ts';

export interface LoginFlags {
  readonly name?: string;
  readonly deviceName?: string;
  readonly phraseFile?: string;
  /** Id of an e-mail provider. */
  readonly email?: string;
  readonly new?: boolean;
  /** Locks the keys. */
  readonly passphrase?: boolean;
}

/** Signs up or in; a phrase brings an existing user to this device. */
export async function login(context: Context, address: string | undefined, flags: LoginFlags): Promise<void> {
  if (flags.passphrase !== true) return enter(context, address, flags);
  const { lock, newPassphrase } = await import('./lock.ts');
  const passphrase = await newPassphrase();
  await enter(context, address, flags);
  await lock(context, passphrase);
}

async function enter(context: Context, address: string | undefined, flags: LoginFlags): Promise<void> {
  if (flags.email !== undefined) {
    const { emailLogin } = await import('./email.ts');
    await emailLogin(context, address, { ...flags, email: flags.email, isNew: flags.new === true });
    return;
  }
  const secret = flags.phraseFile === undefined ? null : await secretOfFile(flags.phraseFile);
  const options = {
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(flags.deviceName === undefined ? {} : { deviceName: flags.deviceName }),
    ...(secret === null ? {} : { secret }),
  };
  const there = address === undefined ? context : { ...context, node: address };
  const how = address?.includes(ACCOUNT_LINK) === true ? takeUpAccount : openCopse;
  await using copse = await open(there, options, how);
  const profile = copse.profile.get();
  context.output.result(
    `Logged in to ${copse.node.url} as ${profile.name || copse.user}${copse.admin ? ', the admin' : ''}.`,
    { node: copse.node.url, user: copse.user, device: copse.device, name: profile.name, admin: copse.admin },
  );
}

/** What a link to an account has behind the address of its node. */
const ACCOUNT_LINK = '#account=';
const STANDARD_INPUT = 0;

async function secretOfFile(path: string): Promise<Uint8Array> {
  const { explainPhrase } = await import('copse/internal/phrase.ts');
  const answer = explainPhrase(readText(path === '-' ? STANDARD_INPUT : path));
  switch (answer.kind) {
    case 'ok':
      return answer.secret;
    case 'wrongCount':
      throw new Fault('usage', `A phrase has 24 words, not ${answer.count}.`);
    case 'unknownWord':
      throw new Fault(
        'usage',
        `Word ${answer.unknownWordAt + 1} of the phrase is none of the list; look for a mistyped letter.`,
      );
    case 'badChecksum':
      throw new Fault('usage', 'The words are known, but one of them is another or at another place.');
  }
}

function readText(path: string | number): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Fault('unknown', `${path} cannot be read.`, { cause });
  }
}

export async function whoami(context: Context, flags: { readonly phrase?: boolean }): Promise<void> {
  await using copse = await open(context);
  const { name } = copse.profile.get();
  const phrase = flags.phrase === true ? await phraseOf(await copse.secret()) : null;
  const rows = [
    ['user', copse.user],
    ['name', name],
    ['device', copse.device],
    ['node', copse.node.url],
    ['node key', base64url(copse.node.key)],
    ['admin', copse.admin ? 'yes' : 'no'],
    ...(phrase === null ? [] : [['phrase', phrase]]),
  ];
  context.output.result(table(rows), {
    user: copse.user,
    name,
    device: copse.device,
    node: copse.node.url,
    nodeKey: base64url(copse.node.key),
    admin: copse.admin,
    ...(phrase === null ? {} : { phrase }),
  });
}

async function phraseOf(secret: Uint8Array): Promise<string> {
  const phrases = await import('copse/internal/phrase.ts');
  return phrases.phraseOf(secret);
}

export async function devices(context: Context): Promise<void> {
  await using copse = await open(context);
  const rows = await copse.devices();
  const shown = rows.map((row) => [
    row.device,
    row.name,
    new Date(row.seenMs).toISOString(),
    row.revokedMs === null ? '' : 'revoked',
    row.device === copse.device ? 'this one' : '',
  ]);
  context.output.result(
    table([['device', 'name', 'last seen', '', ''], ...shown]),
    rows.map((row) => ({ ...row, key: base64url(row.key), current: row.device === copse.device })),
  );
}
