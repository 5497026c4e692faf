/** What can be given to somebody in a site, as choices in a form, and what a filled form means (SPEC U22). */

import {
  isWithin,
  mayHandOn,
  permission,
  resourceIn,
  type Resource,
} from 'copse/internal/capability/policy.ts';
import type { HoldingRow, ShareOptions } from 'copse/internal/client/rights.ts';
import { conditionsIn, noConditions, type ConditionForm } from './conditions.ts';

/** `link`: whoever opens it first. */
export type Receiver = 'member' | 'group' | 'email' | 'link';

export interface ShareForm {
  readonly receiver: Receiver;
  /** Id of a user or group, or an address that somebody has signed in with. */
  readonly to: string;
  readonly permissions: number;
  readonly resource: string;
  readonly until: Until;
  /** `YYYY-MM-DD`, when `until` is a date. */
  readonly date: string;
  readonly delegations: number;
  readonly conditions: ConditionForm;
  /** Whose address it is, is not in the site yet: she gets an invitation, which is for all of it. */
  readonly isInvitation: boolean;
  /** The node keeps a hash only (SPEC R8); for one person, who is handed the proof. */
  readonly isSealed: boolean;
}

export type Until = 'never' | 'day' | 'week' | 'month' | 'date';

const DAY_MS = 86_400_000;
const DAYS = { day: 1, week: 7, month: 30 } as const;

export const emptyForm: ShareForm = {
  receiver: 'member',
  to: '',
  permissions: permission.read | permission.write,
  resource: '*',
  until: 'never',
  date: '',
  delegations: 0,
  conditions: noConditions,
  isInvitation: false,
  isSealed: false,
};

/** What it gives is the whole site, and it can be opened for some days. */
export function isLinkLike({ receiver, isInvitation }: ShareForm): boolean {
  return receiver === 'link' || (receiver === 'email' && isInvitation);
}

/** How many days a link can be opened. */
export function linkDays(form: ShareForm): number {
  return form.until === 'day' ? DAYS.day : form.until === 'month' ? DAYS.month : DAYS.week;
}

/** What a link gives is the whole site, without an end; who may invite may hand it on. */
export function asLink(form: ShareForm): ShareForm {
  const until = form.until === 'day' || form.until === 'month' ? form.until : 'week';
  const to = form.receiver === 'email' ? form.to : '';
  return { ...form, to, resource: '*', until, conditions: noConditions };
}

/** Everything, then the folders, then the logs. */
export function placesOf(logs: readonly string[]): readonly string[] {
  const folders = logs.flatMap((name) => {
    const at = name.lastIndexOf('/');
    return at > 0 ? [`${name.slice(0, at)}/*`] : [];
  });
  return ['*', ...new Set(folders), ...logs];
}

/** When it ends; 0 is never, null is a date that is none or has passed. */
function endOf(form: ShareForm, nowMs: number): number | null {
  switch (form.until) {
    case 'never':
      return 0;
    case 'date': {
      // The whole of that day counts.
      const ms = Date.parse(`${form.date}T23:59:59`);
      return Number.isFinite(ms) && ms > nowMs ? ms : null;
    }
    default:
      return nowMs + DAYS[form.until] * DAY_MS;
  }
}

export type Judged =
  | { readonly kind: 'ok'; readonly options: Omit<ShareOptions, 'to'>; readonly expiresMs: number }
  /** What is wrong, for the form. */
  | { readonly kind: 'wrong'; readonly words: string };

const MISSING = {
  member: 'Choose to whom.',
  group: 'Choose a group.',
  email: 'Type an address, and look up who signs in with it.',
} as const;

/** Whether the own rights carry what the form says; `idOf` answers the resource of a name. */
export function judge(
  form: ShareForm,
  holdings: readonly HoldingRow[],
  at: { readonly nowMs: number; readonly idOf: (name: string) => string | undefined },
): Judged {
  const wrong = (words: string): Judged => ({ kind: 'wrong', words });
  if (form.receiver === 'link') return judgeLink(form, holdings);
  if (form.to === '') return wrong(MISSING[form.receiver]);
  if (isLinkLike(form)) return judgeLink(form, holdings);
  if (form.permissions === 0) return wrong('Choose what they may do.');
  const conditions = conditionsIn(form.conditions);
  if (conditions.kind === 'wrong') return conditions;
  const end = endOf(form, at.nowMs);
  if (end === null) return wrong('Choose a day that is still to come.');
  const resource = resourceIn(at.idOf(form.resource) ?? '');
  if (resource === null) return wrong('This log is not known yet.');
  if (form.resource !== '*' && (form.permissions & (permission.invite | permission.admin)) !== 0)
    return wrong('Inviting and managing are for the whole site.');
  const given = { ...form, resource, notBeforeMs: 0, quota: 0 };
  const carries = (expiresMs: number): boolean =>
    holdings.some(({ rights }) =>
      mayHandOn(
        { ...rights, resource: resourceIn(rights.resource) ?? '*' },
        { ...given, notBeforeMs: rights.notBeforeMs, quota: rights.quota, expiresMs },
      ),
    );
  const options = {
    permissions: form.permissions,
    resource: form.resource,
    delegations: form.delegations,
    caveats: conditions.caveats,
    ...(form.receiver === 'group' ? { toGroup: true } : {}),
    ...(form.receiver === 'member' && form.isSealed ? { sealed: true } : {}),
    ...(end === 0 ? {} : { until: new Date(end) }),
  };
  if (carries(end)) return { kind: 'ok', options, expiresMs: end };
  // What has no end of its own ends with the right that it is a part of.
  const own = end === 0 ? holdings.find(({ rights }) => carries(rights.expiresMs)) : undefined;
  if (own !== undefined) return { kind: 'ok', options, expiresMs: own.rights.expiresMs };
  return wrong('You do not hold this yourself, or may not pass on so much of it.');
}

function judgeLink(form: ShareForm, holdings: readonly HoldingRow[]): Judged {
  const reach = reachOf(holdings, '*');
  if (form.permissions === 0) return { kind: 'wrong', words: 'Choose what they may do.' };
  if ((form.permissions & ~reach.permissions) !== 0)
    return { kind: 'wrong', words: 'You do not hold this yourself, or may not pass on so much of it.' };
  return { kind: 'ok', options: { permissions: form.permissions, resource: '*' }, expiresMs: 0 };
}

/** Permissions that can be passed on at all, and how often at most. */
export function reachOf(
  holdings: readonly HoldingRow[],
  resource: string | undefined,
): { readonly permissions: number; readonly delegationsMax: number } {
  const wanted: Resource = resourceIn(resource ?? '*') ?? '*';
  const fit = holdings.filter(
    ({ rights }) => rights.delegations > 0 && isWithin(wanted, resourceIn(rights.resource) ?? '*'),
  );
  return {
    permissions: fit.reduce((bits, { rights }) => bits | rights.permissions, 0),
    delegationsMax: fit.reduce((most, { rights }) => Math.max(most, rights.delegations - 1), 0),
  };
}
