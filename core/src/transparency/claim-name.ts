/**
 * Names that can be claimed (SPEC M6): letters, marks and digits of any script, with `-`, `_` and `.` between
 * them. Two spellings that differ in case or in their Unicode form are one name. Names that merely look alike
 * stay two, and whoever claims one is told.
 */

import { utf8 } from '../base/bytes.ts';
import { claimNameBytesMax, namespaceBytesMax } from '../base/limits.ts';

const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:[-_.][\p{L}\p{N}][\p{L}\p{M}\p{N}]*)*$/u;
const NAMESPACE = /^[a-z0-9]+(?:[-./][a-z0-9]+)*$/;

/** The one form of a name, or null when it cannot be claimed. */
export function normalName(name: string): string | null {
  const normal = folded(name.trim());
  return NAME.test(normal) && utf8(normal).length <= claimNameBytesMax ? normal : null;
}

/** Upper case first: it maps letters together that have several lower-case forms, such as the final sigma. */
function folded(text: string): string {
  return text.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

export function isNamespace(namespace: string): boolean {
  return NAMESPACE.test(namespace) && utf8(namespace).length <= namespaceBytesMax;
}

/** Scripts whose letters are mistaken for one another (Unicode TR 39 section 5). */
const MISTAKABLE = ['Latin', 'Cyrillic', 'Greek', 'Armenian', 'Cherokee'] as const;

/** Remarks for whoever claims a name, of what people may take it for. */
export function remarksOn(name: string): readonly string[] {
  const found = MISTAKABLE.filter((script) => new RegExp(`\\p{Script=${script}}`, 'u').test(name));
  return found.length > 1 ? [`mixes ${found.join(' and ')} letters, which look alike`] : [];
}

/** Letters of other scripts and the Latin ones that they look like, place by place. */
const LOOKALIKES = Array.from('авсеһіјкмнорѕтԛԝухѵԁɡɩικνορτυχαβγηωѡıɑօոսցհ015');
const LATIN = Array.from('abcehijkmhopstqwyxvdgiikvoptuxabynwwiaonughols');

/** Names with the same skeleton look alike to a hurried reader. It is never shown and names nobody. */
export function skeletonOf(name: string): string {
  const bare = Array.from(name.normalize('NFKD').replaceAll(/\p{M}/gu, ''), latin);
  return bare.join('').replaceAll('rn', 'm').replaceAll('vv', 'w').replaceAll(/[-_.]/g, '');
}

function latin(letter: string): string {
  return LATIN[LOOKALIKES.indexOf(letter)] ?? letter;
}
