/** What a device hears of a site, and what became of what it was told, in words (SPEC I7, I8, I20). */

import type { PushObstacle } from 'copse/push';
import type {
  Level,
  NoticeTold,
  QuietHours,
  SiteLevel,
  TestAnswer,
} from 'copse/internal/client/notifications.ts';

export const LEVELS: readonly { readonly value: Level; readonly label: string }[] = [
  { value: 'all', label: 'Everything' },
  { value: 'mentions', label: 'Mentions' },
  { value: 'none', label: 'Nothing' },
];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** When a day begins for who has said "until tomorrow". */
const MORNING_HOUR = 8;
/** Who mutes in the small hours does not mean the same morning three hours later. */
const MORNING_AFTER_MS = 4 * HOUR_MS;

export type MuteChoice = 'hour' | 'tomorrow' | 'always';

export const MUTES: readonly { readonly value: MuteChoice; readonly label: string }[] = [
  { value: 'hour', label: 'For one hour' },
  { value: 'tomorrow', label: 'Until tomorrow' },
  { value: 'always', label: 'Until I turn it on' },
];

/** How long a choice lasts from now; 0: until it is changed. */
export function muteMs(choice: MuteChoice, now: Date): number {
  if (choice === 'always') return 0;
  return choice === 'hour' ? HOUR_MS : morningAfter(now) - now.getTime();
}

function morningAfter(now: Date): number {
  const morning = new Date(now);
  morning.setHours(MORNING_HOUR, 0, 0, 0);
  // By the calendar: a day on which the clocks change is not 24 hours long.
  while (morning.getTime() - now.getTime() < MORNING_AFTER_MS) morning.setDate(morning.getDate() + 1);
  return morning.getTime();
}

/** "Muted until 14:30", or undefined when nothing overrides the level. */
export function overrideWords({ override }: SiteLevel, nowMs: number): string | undefined {
  if (override === null) return undefined;
  const { level, untilMs } = override;
  if (untilMs !== null && untilMs <= nowMs) return undefined;
  const what = level === 'none' ? 'Muted' : 'Everything';
  return untilMs === null ? `${what} until you turn it on` : `${what} until ${momentOf(untilMs, nowMs)}`;
}

function momentOf(ms: number, nowMs: number): string {
  const clock = new Date(ms).toLocaleTimeString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  if (new Date(ms).toDateString() === new Date(nowMs).toDateString()) return clock;
  if (ms - nowMs < 2 * DAY_MS && isDayAfter(ms, nowMs)) return `tomorrow ${clock}`;
  return `${new Date(ms).toLocaleDateString(undefined, { day: 'numeric', month: 'long' })} ${clock}`;
}

function isDayAfter(ms: number, nowMs: number): boolean {
  const next = new Date(nowMs);
  next.setDate(next.getDate() + 1);
  return new Date(ms).toDateString() === next.toDateString();
}

/** Monday first, as the days of quiet hours are counted. */
export const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
export const everyDay = 127;
const WORKDAYS = 31;
const WEEKEND = 96;

/** "22:00" of minutes, and back; null for what is no time. */
export function clockOf(minute: number): string {
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${pad(Math.floor(minute / 60))}:${pad(minute % 60)}`;
}

export function minuteOf(clock: string): number | null {
  const [, hours = '', minutes = ''] = /^([01]?\d|2[0-3]):([0-5]\d)$/u.exec(clock) ?? [];
  return hours === '' ? null : Number(hours) * 60 + Number(minutes);
}

export function quietHoursWords({ days, fromMinute, toMinute, mentionsPass }: QuietHours): string {
  const until = `${clockOf(toMinute)}${toMinute <= fromMinute ? ' the next day' : ''}`;
  const mentions = mentionsPass ? 'Mentions of you come through.' : 'Mentions wait as well.';
  return `${daysWords(days)} from ${clockOf(fromMinute)} to ${until}. ${mentions}`;
}

function daysWords(days: number): string {
  if (days === everyDay) return 'Every day';
  if (days === WORKDAYS) return 'Monday to Friday';
  if (days === WEEKEND) return 'Saturday and Sunday';
  return DAYS.filter((_, at) => (days & (1 << at)) !== 0).join(', ') || 'On no day';
}

export interface Obstruction {
  readonly title: string;
  readonly hint: string;
}

const OBSTRUCTIONS: Readonly<Record<PushObstacle, Obstruction>> = {
  unsupported: {
    title: 'This browser cannot be notified',
    hint: 'It has no push, or it was opened without https. Another browser or device of yours may.',
  },
  homeScreen: {
    title: 'Put copse on your home screen first',
    hint: 'On iPhone and iPad only an app on the home screen is notified: tap Share, then “Add to Home Screen”, and open it from there.',
  },
  denied: {
    title: 'Your browser blocks notifications from here',
    hint: 'You said no once, and only its settings can change that: look for the sign beside the address.',
  },
  dismissed: {
    title: 'Your browser has not allowed it',
    hint: 'The question was closed. Turn it on again, and allow it when the browser asks.',
  },
  refused: {
    title: 'The browser gives this device no address',
    hint: 'Private windows have none, and some browsers switch push off in their settings. Without a connection there is none either: try again later.',
  },
  node: {
    title: 'This node does not notify',
    hint: 'Whoever runs it has switched notifications off. What you hear of each site is kept for when they are on.',
  },
};

export function obstructionOf(obstacle: PushObstacle): Obstruction {
  return OBSTRUCTIONS[obstacle];
}

const TOLD: Readonly<Record<string, string>> = {
  sent: 'Sent',
  test: 'Test sent',
  read: 'Taken back: read elsewhere',
  here: 'Not sent: you were looking',
  level: 'Not sent: the site is set to less',
  muted: 'Not sent: the site was muted',
  quiet: 'Waited for the end of your quiet hours',
  held: 'Held back: one that you have not answered is there',
  window: 'Held back: told with the next one',
  refused: 'Not sent: the push service refused it',
  gone: 'Not sent: the device is not reached there any more',
  dead: 'Not sent: the push service did not take it in time',
};

/** What became of a notification. A word of a newer node stands for itself. */
export function toldWords({ what }: Pick<NoticeTold, 'what'>): string {
  return TOLD[what] ?? `Not sent: ${what}`;
}

export function wasSent({ what }: Pick<NoticeTold, 'what'>): boolean {
  return what === 'sent' || what === 'test';
}

/** What a test has shown, and what to do. */
export function testWords({ outcome, said }: TestAnswer): Obstruction & { readonly isGood: boolean } {
  switch (outcome) {
    case 'sent':
      return {
        isGood: true,
        title: 'The push service took it',
        hint: 'You should see it now. If not, look whether your system shows notifications of this browser.',
      };
    case 'none':
      return { isGood: false, title: 'This device is not reached', hint: 'Turn notifications on first.' };
    case 'gone':
      return {
        isGood: false,
        title: 'Nobody is there any more',
        hint: 'The browser has given up this address. Turn notifications off and on again.',
      };
    case 'late':
      return {
        isGood: false,
        title: 'No answer yet',
        hint: 'The push service takes its time, or the node does not reach it. It is tried again.',
      };
    case 'refused':
      return { isGood: false, title: 'The push service refused it', hint: saidOf(said) };
  }
}

function saidOf(said: string): string {
  return said === '' ? 'Turn notifications off and on again.' : `It said: ${said}`;
}
