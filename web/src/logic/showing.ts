/** How much notifications show on the screen of this device, locked or not (SPEC I21, U37). */

export type Showing =
  /** What was written, by whom and where. */
  | 'words'
  /** By whom and where. */
  | 'place'
  /** That there is something. */
  | 'nothing';

/** Until somebody chooses: what was written is opened on the device alone, and its lock screen has a switch of its own. */
export const usualShowing: Showing = 'words';

export interface ShowingChoice {
  readonly value: Showing;
  readonly label: string;
  /** How a notification looks then. */
  readonly example: string;
}

export const SHOWINGS: readonly ShowingChoice[] = [
  { value: 'words', label: 'What was written', example: 'chat · Garden — Ben: The plums are ripe' },
  { value: 'place', label: 'Only who and where', example: 'chat · Garden — A message from Ben.' },
  {
    value: 'nothing',
    label: 'Only that there is something',
    example: 'Something new — Open copse to see it.',
  },
];

export function showingOf(text: string): Showing | null {
  return SHOWINGS.find(({ value }) => value === text)?.value ?? null;
}

/** Whether the first shows less than the second. */
export function isLess(showing: Showing, than: Showing): boolean {
  const rankOf = (one: Showing): number => SHOWINGS.findIndex(({ value }) => value === one);
  return rankOf(showing) > rankOf(than);
}
