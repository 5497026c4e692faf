/** Carries out what the form that shares says: to a member, a group, the people of an address, or by a link. */

import { equal, hex } from 'copse/internal/base/bytes.ts';
import { browserPrimitives } from 'copse/internal/browser/primitives.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { must } from 'copse/internal/base/assert.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import { placeLabel } from '../logic/grant-words.ts';
import { roleWord } from '../logic/rights.ts';
import { linkDays, type Judged, type ShareForm } from '../logic/share-form.ts';
import type { GrantsModel } from './grants.ts';
import type { Local, SealedGiven } from './local.ts';
import type { Copse, Member, Trust } from './sdk.ts';

/** An account of which the node says in its log that it signs in with an address. */
export interface EmailPerson {
  readonly user: string;
  readonly key: Key;
  /** What this device knows of the key by itself. */
  readonly trust: Trust;
  readonly isMember: boolean;
  /** Devices that signed in with the address, and when the last one did. */
  readonly deviceCount: number;
  readonly timeMs: number;
}

/** Who signs in with an address, by statements that nobody has withdrawn (SPEC U31, M12). */
export async function peopleOf(
  copse: Copse,
  members: readonly Member[],
  email: string,
): Promise<readonly EmailPerson[]> {
  const names = await copse.names();
  const live = await names.keysOf(email);
  const byUser = [...Map.groupBy(live, ({ user }) => hex(user)).values()];
  const keys = byUser.map((rows) => must(rows[0], 'a group has a member').user);
  const trusts = await names.trustIn(keys);
  const primitives = browserPrimitives();
  return byUser.map((rows, at) => {
    const user = must(keys[at], 'one for each');
    const member = members.find((each) => equal(each.key, user));
    return {
      user: member?.user ?? userIdOf(primitives, user),
      key: user,
      isMember: member !== undefined,
      trust: trusts[at] ?? 'unverified',
      deviceCount: new Set(rows.map(({ device }) => hex(device))).size,
      timeMs: Math.max(...rows.map(({ timeMs }) => timeMs)),
    };
  });
}

/** A sealed grant: its maker hands the proof over, and needs the id to take it back. */
export interface SealedMade {
  readonly id: string;
  readonly name: string;
  readonly proof: Uint8Array;
}

/** Invitations for the accounts of an address, each of which opens on the devices of that account alone (SPEC E8). */
export interface EmailInvited {
  readonly email: string;
  readonly texts: readonly string[];
  /** Accounts that have stated no key to which one could be sealed. */
  readonly keylessCount: number;
}

export type ShareAnswer =
  | { readonly kind: 'shared'; readonly more: string }
  | { readonly kind: 'link'; readonly link: string }
  | { readonly kind: 'sealed'; readonly made: SealedMade }
  | { readonly kind: 'invited'; readonly invited: EmailInvited };

interface ShareParts {
  readonly copse: Copse;
  readonly local: Local;
  readonly grants: GrantsModel;
}

interface Meant {
  readonly options: Extract<Judged, { kind: 'ok' }>['options'];
  readonly found: readonly EmailPerson[];
}

const NO_KEY = new Uint8Array(0);

export async function shareWith(parts: ShareParts, form: ShareForm, meant: Meant): Promise<ShareAnswer> {
  const { grants } = parts;
  const { site, people } = grants.site;
  const { options } = meant;
  switch (form.receiver) {
    case 'link': {
      const { permissions = 1 } = options;
      return { kind: 'link', link: await site.invite({ permissions, days: linkDays(form) }) };
    }
    case 'group': {
      const to = grants.groups().find(({ id }) => id === form.to)?.key ?? NO_KEY;
      await site.share({ ...options, to });
      return { kind: 'shared', more: 'The list of rights shows it.' };
    }
    case 'email':
      if (form.isInvitation) return { kind: 'invited', invited: await invite(parts, form, meant) };
      for (const { key } of meant.found) await site.share({ ...options, to: key });
      return { kind: 'shared', more: 'The list of rights shows it.' };
    case 'member': {
      const member = people.members().find(({ user }) => user === form.to);
      const { id, proof } = await site.share({ ...options, to: member?.key ?? NO_KEY });
      if (options.sealed !== true) return { kind: 'shared', more: 'The list of rights shows it.' };
      const name = member?.name ?? '';
      remember(parts, { id, name, what: whatOf(form), timeMs: Date.now() });
      return { kind: 'sealed', made: { id, name, proof } };
    }
  }
}

/** Without its id a sealed grant is never taken back, and nobody else can say it. */
function remember({ local, grants }: ShareParts, given: SealedGiven): void {
  const { id } = grants.site;
  local.setSealed(id, [...local.sealed(id), given]);
}

function whatOf({ permissions, resource }: ShareForm): string {
  return `${roleWord(permissions)}, ${placeLabel(resource)}`;
}

/** Who is in already needs none. */
async function invite(
  { copse, grants }: ShareParts,
  form: ShareForm,
  { options, found }: Meant,
): Promise<EmailInvited> {
  const { permissions = 1 } = options;
  const email = form.to;
  const made = await (
    await copse.emails()
  ).invite(grants.site.site, email, { permissions, days: linkDays(form) });
  const meant = made.filter(({ user }) => found.some(({ key, isMember }) => !isMember && equal(key, user)));
  const texts = meant.flatMap(({ text }) => (text === null ? [] : [text]));
  grants.site.trusts.changed();
  return { email, texts, keylessCount: meant.length - texts.length };
}
