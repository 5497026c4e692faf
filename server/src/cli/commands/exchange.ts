/** Commands about people of any node (SPEC Z88): address, follow, unfollow, who-is, vouch. */

import { base64url, fromBase64url, hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import type { PersonIdentity, Said } from 'copse/internal/client/neighbourhood/identities.ts';
import type { Neighbourhood } from 'copse/internal/client/neighbourhood/neighbourhood.ts';
import { neighbourhoodOf } from 'copse/internal/native/neighbourhood.ts';
import { aboutWhom } from 'copse/internal/social/exchange/about.ts';
import type { Context } from '../context.ts';
import { open } from '../person.ts';

export interface AddressFlags {
  readonly publish?: readonly string[];
  readonly reach?: readonly string[];
}

export interface VouchFlags {
  readonly name?: string;
  readonly notes?: string;
  readonly at?: readonly string[];
  readonly digits?: string;
  readonly doubt?: boolean;
}

const KEY_BYTES = 32;

/** Shows where this user is, or says it. */
export async function address(context: Context, flags: AddressFlags): Promise<void> {
  await within(context, async (place, own) => {
    const before = await place.addressesOf(meOf(place));
    const isAsked = flags.publish === undefined && flags.reach === undefined;
    const said = {
      outbox: flags.publish ?? before?.outbox ?? [own],
      inbox: flags.reach ?? before?.inbox ?? [own],
    };
    if (!isAsked) await place.setAddresses(said);
    const shown = isAsked ? before : await place.addressesOf(meOf(place));
    const text =
      shown === null
        ? `You have not said where you are. This node: copse address --publish ${own} --reach ${own}`
        : [
            ...shown.outbox.map((each) => `publishes at ${each}`),
            ...shown.inbox.map((each) => `is reached at ${each}`),
          ].join('\n');
    context.output.result(text, {
      key: base64url(meOf(place)),
      node: own,
      ...(shown ?? { outbox: [], inbox: [] }),
    });
  });
}

/** Follows a key; what stands behind `@` is said of her first, so that the node knows where to go. */
export async function follow(context: Context, word: string): Promise<void> {
  const at = word.indexOf('@');
  const whom = userKey(at === -1 ? word : word.slice(0, at));
  await within(context, async (place) => {
    if (at !== -1) await place.vouch(whom, { verdict: 'none', addresses: [word.slice(at + 1)] });
    await place.follow(whom);
    context.output.result(`You follow ${base64url(whom)}.`, { followed: base64url(whom) });
  });
}

export async function unfollow(context: Context, word: string): Promise<void> {
  const whom = userKey(word);
  await within(context, async (place) => {
    await place.unfollow(whom);
    context.output.result(`You follow ${base64url(whom)} no more.`, { unfollowed: base64url(whom) });
  });
}

/** What is known of a key. */
export async function whoIs(context: Context, word: string): Promise<void> {
  const whom = userKey(word);
  await within(context, async (place) => {
    const identity = await place.identity(whom);
    const digits = hex(meOf(place)) === hex(whom) ? null : place.digits(whom);
    context.output.result(describe(identity, digits), { ...jsonOf(identity), digits });
  });
}

/** Says something of somebody, for those who follow one. */
export async function vouch(context: Context, word: string, flags: VouchFlags): Promise<void> {
  const whom = userKey(word);
  if (flags.doubt === true && flags.digits !== undefined)
    throw new Fault('usage', 'Either --digits or --doubt.');
  await within(context, async (place) => {
    const { name, notes, digits, at: addresses } = flags;
    await place.vouch(whom, {
      ...(name === undefined ? {} : { name }),
      ...(notes === undefined ? {} : { notes }),
      ...(digits === undefined ? {} : { digits }),
      ...(addresses === undefined ? {} : { addresses }),
      ...(flags.doubt === true ? { verdict: 'doubted' as const } : {}),
    });
    const identity = await place.identity(whom);
    context.output.result(describe(identity, place.digits(whom)), jsonOf(identity));
  });
}

/** With the neighbourhood of the node, and the address of that node. */
async function within(
  context: Context,
  task: (place: Neighbourhood, own: string) => Promise<void>,
): Promise<void> {
  await using copse = await open(context);
  using place = await neighbourhoodOf(copse);
  await task(place, `${copse.node.url.replace(/^http/, 'ws')}#${base64url(copse.node.key)}`);
}

function meOf({ me }: Neighbourhood): Key {
  if (me === null) throw new Fault('forbidden', 'Sign in first: `copse login`.');
  return me;
}

/** A key as the commands show it, or in hex. */
function userKey(text: string): Key {
  const bytes = fromBase64url(text);
  if (bytes?.length === KEY_BYTES) return key(bytes);
  const found = aboutWhom(text.toLowerCase());
  if (found === null)
    throw new Fault(
      'usage',
      'A key has 43 characters, as `copse address --json` shows it, or 64 hex digits.',
    );
  return found;
}

function describe(identity: PersonIdentity, digits: string | null): string {
  const { profile, addresses, mine, said, names, otherAddresses } = identity;
  return [
    base64url(identity.key),
    profile === null
      ? 'has not said who she is'
      : `says that she is ${profile.name}${profile.about === '' ? '' : `: ${profile.about}`}`,
    ...(addresses?.outbox ?? []).map((each) => `publishes at ${each}`),
    ...(mine === null ? [] : [`you: ${wordsOf(mine)}`]),
    ...said.map((one) => `${base64url(one.by)}: ${wordsOf(one)}`),
    ...(names.length === 0 ? [] : [`They disagree on her name: ${names.join(', ')}.`]),
    ...otherAddresses.map((each) => `Others name a place that she does not: ${each}`),
    ...(digits === null ? [] : [`Digits to compare with her: ${digits}`]),
  ].join('\n');
}

const VERDICT_WORDS = {
  none: 'says nothing of the key',
  compared: 'has compared the digits',
  known: 'knows her, and has not compared',
  doubted: 'holds the key for somebody else’s',
} as const;

function wordsOf({ name, notes, verdict }: Said): string {
  return [name, VERDICT_WORDS[verdict], notes].filter((text) => text !== '').join('; ');
}

function jsonOf(identity: PersonIdentity): object {
  const { mine, said, vouchedBy, doubtedBy } = identity;
  return {
    ...identity,
    key: base64url(identity.key),
    mine: mine === null ? null : saidJson(mine),
    said: said.map(saidJson),
    vouchedBy: vouchedBy.map(base64url),
    doubtedBy: doubtedBy.map(base64url),
  };
}

function saidJson(said: Said): object {
  return { ...said, by: base64url(said.by) };
}
