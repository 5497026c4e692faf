/** What makes a PIN easy to guess, in the words of the one who is about to choose it (SPEC P11). */

export type PinWeakness =
  /** Fewer than six characters: with enough realms broken into, at most ten thousand or so tries. */
  | 'short'
  /** One character, or two that take turns. */
  | 'repeated'
  /** Counted up or down, or along the keyboard. */
  | 'sequence'
  /** Reads as a day or a year. */
  | 'date'
  /** Among those that people choose most. */
  | 'common';

const CHARACTERS_MIN = 4;
const SHORT = 6;

/** The most chosen ones that no other rule names (published counts of leaked PINs). */
const COMMON = new Set([
  '1004',
  '2580',
  '5683',
  '0852',
  '159753',
  '147258',
  '112233',
  '696969',
  'password',
  'passwort',
]);
const ROWS = [
  '01234567890',
  '0987654321',
  'qwertyuiop',
  'qwertzuiop',
  'asdfghjkl',
  'zxcvbnm',
  'abcdefghijklmnopqrstuvwxyz',
];

/** Null when it is too short to be one at all. */
export function weaknessesOf(pin: string): readonly PinWeakness[] | null {
  const text = pin.normalize('NFKC').trim().toLowerCase();
  if (text.length < CHARACTERS_MIN) return null;
  const found: PinWeakness[] = [];
  if (text.length < SHORT) found.push('short');
  if (new Set(text).size <= 2) found.push('repeated');
  if (ROWS.some((row) => row.includes(text))) found.push('sequence');
  if (isDate(text)) found.push('date');
  if (COMMON.has(text)) found.push('common');
  return found;
}

function isDate(text: string): boolean {
  if (/^(19|20)\d\d$/u.test(text)) return true;
  const day = '(0[1-9]|[12]\\d|3[01])';
  const month = '(0[1-9]|1[0-2])';
  const year = '((19|20)?\\d\\d)';
  const forms = [`${day}${month}${year}`, `${month}${day}${year}`, `(19|20)\\d\\d${month}${day}`];
  const short = [`${day}${month}`, `${month}${day}`];
  return [...forms, ...short].some((form) => new RegExp(`^${form}$`, 'u').test(text));
}
