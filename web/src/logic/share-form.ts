/** What can be given to somebody in a site, as choices in a form, and what a filled form means (SPEC U22). */

import {
  isWithin,
  mayHandOn,
  permission,
  resourceIn,
  type Resource,
} from 'copse/internal/capability/policy.ts';
import type { HoldingRow, ShareOptions } from 'copse/internal/client/rights.ts';

export interface ShareForm {
  readonly to: string;
  readonly permissions: number;
  readonly resource: string;
  readonly until: Until;
  /** `YYYY-MM-DD`, when `until` is a date. */
  readonly date: string;
  readonly delegations: number;
}

export type Until = 'never' | 'day' | 'week' | 'month' | 'date';

const DAY_MS = 86_400_000;
const DAYS = { day: 1, week: 7, month: 30 } as const;

export const emptyForm: ShareForm = {
  to: '',
  permissions: permission.read | permission.write,
  resource: '*',
  until: 'never',
  date: '',
  delegations: 0,
};

/** Everything, then the folders, then the logs. */
export function placesOf(logs: readonly string[]): readonly string[] {
  const folders = logs.flatMap((name) => {
    const at = name.lastIndexOf('/');
    return at > 0 ? [`${name.slice(0, at)}/*`] : [];
  });
  return ['*', ...new Set(folders), ...logs];
}

/** When it ends; 0 is never, null is a date that is none or has passed. */
export function endOf(form: ShareForm, nowMs: number): number | null {
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

/** Whether the own rights carry what the form says; `idOf` answers the resource of a name. */
export function judge(
  form: ShareForm,
  holdings: readonly HoldingRow[],
  at: { readonly nowMs: number; readonly idOf: (name: string) => string | undefined },
): Judged {
  const wrong = (words: string): Judged => ({ kind: 'wrong', words });
  if (form.to === '') return wrong('Choose to whom.');
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
    ...(end === 0 ? {} : { until: new Date(end) }),
  };
  if (carries(end)) return { kind: 'ok', options, expiresMs: end };
  // What has no end of its own ends with the right that it is a part of.
  const own = end === 0 ? holdings.find(({ rights }) => carries(rights.expiresMs)) : undefined;
  if (own !== undefined) return { kind: 'ok', options, expiresMs: own.rights.expiresMs };
  return wrong('You do not hold this yourself, or may not pass on so much of it.');
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
