/** Commands about people of any node (SPEC Z88): address, who-is, vouch. */

import { base64url, hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { PersonIdentity, Said } from 'copse/internal/client/neighbourhood/identities.ts';
import type { OtherNode } from 'copse/internal/api/peer.ts';
import type { Context } from '../context.ts';
import { size, table } from '../output.ts';
import { keyOf, meOf, street } from './peer.ts';

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

/** Shows where this user is, or says it. */
export async function address(context: Context, flags: AddressFlags): Promise<void> {
  await using at = await street(context);
  const { copse, place } = at;
  const own = `${copse.node.url.replace(/^http/, 'ws')}#${base64url(copse.node.key)}`;
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
}

/** With which nodes this one exchanges messages. */
export async function nodes(context: Context): Promise<void> {
  await using at = await street(context);
  const others = await at.place.nodes();
  const text =
    others.length === 0
      ? 'With no other node: nobody here follows somebody elsewhere. copse follow KEY@wss://host#NODEKEY'
      : table([['NODE', 'STATE', 'FOLLOWED', 'TAKEN', 'COMPARED', 'MISSING'], ...others.map(rowOf)]);
  const json = others.map((other) => ({ ...other, node: base64url(other.node) }));
  context.output.result(text, json);
}

function rowOf({ node, address: place, isUp, heardMs, ...counts }: OtherNode): readonly string[] {
  const { followed, taken, compared, missing, comparedBytes } = counts;
  const heard = heardMs === null ? 'never reached' : `away since ${new Date(heardMs).toISOString()}`;
  return [
    place === '' ? base64url(node) : place,
    isUp ? 'connected' : heard,
    `${followed}`,
    `${taken}`,
    compared === 0 ? '0' : `${compared} in ${size(comparedBytes)}`,
    `${missing}`,
  ];
}

/** What is known of a key. */
export async function whoIs(context: Context, who: string): Promise<void> {
  await using at = await street(context);
  const { copse, place } = at;
  const whom = await keyOf(copse, who);
  const identity = await place.identity(whom);
  const digits = hex(meOf(place)) === hex(whom) ? null : place.digits(whom);
  context.output.result(describe(identity, digits), { ...jsonOf(identity), digits });
}

/** Says something of somebody, for those who follow one. */
export async function vouch(context: Context, who: string, flags: VouchFlags): Promise<void> {
  if (flags.doubt === true && flags.digits !== undefined)
    throw new Fault('usage', 'Either --digits or --doubt.');
  await using at = await street(context);
  const { copse, place } = at;
  const whom = await keyOf(copse, who);
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
