/** What the people of the fake neighbourhood have posted. */

import type { Attachment } from 'copse/neighbourhood';
import type { PersonProfile } from '../model/sdk-street.ts';
import { FAKE_ELSEWHERE, fakeAddress, FAKE_PICTURES } from './fake-pictures.ts';
import { ada, ben, chiara, noor, stranger, tomas, type Person } from './people.ts';

export interface Said {
  readonly who: Person;
  readonly agoMinutes: number;
  readonly text: string;
  readonly tags?: readonly string[];
  readonly mentions?: readonly Person[];
  /** Place in the script of what it answers, or shares. */
  readonly to?: number;
  readonly shares?: number;
  readonly isEdited?: boolean;
  readonly attachments?: readonly Attachment[];
  readonly reactions?: readonly (readonly [Person, string])[];
}

/** The first is Ada, whom the page belongs to; she follows the next three. */
export const profiles: readonly (readonly [Person, PersonProfile])[] = [
  [ada, { name: 'Ada Okafor', about: 'Plum trees, pumps, and the choir on Thursdays.' }],
  [ben, { name: 'Ben Lindqvist', about: 'I repair things that still want to live.' }],
  [chiara, { name: 'Chiara Ruggeri', about: '' }],
  [noor, { name: 'Noor Haddad', about: 'Bees.' }],
  [tomas, { name: 'Tomás Vega', about: 'Bread, early.' }],
];

const LINES: readonly Said[] = [
  {
    who: noor,
    agoMinutes: 26 * 60,
    text: 'The first swarm of the year hangs in the pear tree behind the hall. I fetch it at six; whoever wants to see it, come with long sleeves. #bees',
    tags: ['bees'],
    reactions: [
      [ada, '🌱'],
      [ben, '🌱'],
      [tomas, '😮'],
    ],
  },
  { who: ada, agoMinutes: 25 * 60, to: 0, text: 'I bring the ladder.' },
  {
    who: noor,
    agoMinutes: 25 * 60 - 9,
    to: 1,
    text: 'And the white sheet, please @Ada Okafor!',
    mentions: [ada],
  },
  { who: tomas, agoMinutes: 24 * 60, to: 2, text: 'May children come?' },
  {
    who: noor,
    agoMinutes: 23 * 60 + 50,
    to: 3,
    text: 'From eight on. They are calm when they swarm, children less so.',
  },
  { who: ben, agoMinutes: 23 * 60, to: 4, text: 'I keep mine at the fence.' },
  {
    who: chiara,
    agoMinutes: 300,
    text: 'Minutes of the water meeting: the well stays open, the pump is shared, and the rota hangs at the gate.\n\nWho has not signed yet finds the list here: https://example.org/water (until Sunday). #water #rota',
    tags: ['water', 'rota'],
    isEdited: true,
    reactions: [
      [ada, '👍'],
      [noor, '👍'],
    ],
  },
  {
    who: ada,
    agoMinutes: 212,
    text: 'Plums from Saturday on, as many as you can carry. Bring boxes. #harvest',
    tags: ['harvest'],
  },
  {
    who: ben,
    agoMinutes: 190,
    to: 7,
    text: 'Two boxes for the jam kitchen, thank you @Ada Okafor.',
    mentions: [ada],
  },
  { who: stranger, agoMinutes: 95, to: 7, text: 'New here, may I come too?' },
  { who: ben, agoMinutes: 48, shares: 6, text: 'Read this before Sunday.' },
  {
    who: chiara,
    agoMinutes: 12,
    text: 'Rehearsal moves to the big room. The stove is lit from six. <b>Bring chairs</b>, there are only eleven.',
  },
  {
    who: ben,
    agoMinutes: 28 * 60,
    text: 'The bench is mended. What is left of the old one, how it went, and the plan for the next.',
    attachments: FAKE_PICTURES,
  },
  {
    who: noor,
    agoMinutes: 28 * 60 + 30,
    text: 'From my old node: last autumn.',
    attachments: [FAKE_ELSEWHERE],
  },
  {
    who: chiara,
    agoMinutes: 29 * 60,
    text: '',
    attachments: [
      {
        address: fakeAddress('choir'),
        size: 2_400_000,
        type: 'audio/ogg',
        alt: 'The choir sings the third verse, twice',
      },
    ],
  },
];

/** Posts of the script; `isLong`: behind hundreds of older ones. */
export function said(isLong: boolean): readonly Said[] {
  if (!isLong) return LINES;
  const older = Array.from({ length: 400 }, (_, at): Said => {
    const who = [ben, chiara, noor][at % 3] ?? ben;
    return {
      who,
      agoMinutes: 40_000 + (400 - at) * 30,
      text: `Entry ${at + 1} of a long year. ${'On it went. '.repeat(at % 7)}`,
    };
  });
  // Places in the script count from its beginning, so that what is older stands behind it.
  return [...LINES, ...older];
}
