/** What the people of the fake node have said so far. Times are minutes before the page was opened. */

import { ada, ben, chiara, noor, tomas, wiremu, yuki, type Person } from './people.ts';

export interface Line {
  readonly who: Person;
  readonly agoMinutes: number;
  readonly value: unknown;
}

export interface LogScript {
  readonly name: string;
  readonly lines: readonly Line[];
}

/** A block of a document; the lines of a list are its items. */
export interface Block {
  readonly kind: 'heading' | 'paragraph' | 'bullet_list' | 'blockquote' | 'code_block';
  readonly text: string;
  readonly level?: number;
}

export interface DocumentScript {
  readonly title: string;
  readonly writer: Person;
  readonly blocks: readonly Block[];
}

export interface SiteScript {
  readonly id: string;
  readonly title: string;
  readonly members: readonly Person[];
  readonly logs: readonly LogScript[];
  readonly documents?: readonly DocumentScript[];
  /** So many people without a story also hold something. */
  readonly strangers?: number;
}

const DAY = 24 * 60;

function say(who: Person, agoMinutes: number, ...texts: readonly string[]): readonly Line[] {
  return texts.map((text, at) => ({ who, agoMinutes: agoMinutes - at * 0.6, value: { text } }));
}

const harvestPlan: readonly Block[] = [
  { kind: 'heading', level: 2, text: 'Saturday' },
  {
    kind: 'paragraph',
    text: 'We meet at ten by the shed, after the rain. Whoever comes later finds us at the compost.',
  },
  { kind: 'bullet_list', text: 'Turn the compost: Chiara, Ada\nMend the gutter: Wiremu\nBread and tea: Ben' },
  { kind: 'heading', level: 3, text: 'How we did it last year' },
  {
    kind: 'blockquote',
    text: 'Layers, not lumps: a hand of straw, a hand of green, water, and never a plum stone.',
  },
  { kind: 'code_block', text: '2 forks  3 sieves\n1 ladder (tall)' },
  { kind: 'paragraph', text: 'Still to do: ' },
];

const garden: readonly Line[] = [
  ...say(chiara, 3 * DAY + 190, 'The pump is back from the workshop, and it hums like new.'),
  ...say(ben, 3 * DAY + 171, 'Wonderful. Did they say what it was?'),
  ...say(
    chiara,
    3 * DAY + 168,
    'A pebble. One single pebble, the size of a lentil.',
    'They did not charge us. I left them a basket of plums.',
  ),
  ...say(ada, 3 * DAY + 160, 'Plums well spent!'),
  ...say(noor, DAY + 420, 'I counted the beehives this morning. All seven are busy.'),
  ...say(
    tomas,
    DAY + 402,
    'Good to hear. The lime trees by the wall are in bloom, that must be it.\nYou can smell them from the gate.',
  ),
  ...say(ada, DAY + 388, 'I pass there tomorrow. Shall I bring the tall ladder back?'),
  ...say(noor, DAY + 380, 'Yes please, Wiremu wants to look at the gutter of the shed.'),
  ...say(wiremu, DAY + 352, 'Only if it is not too much trouble. Any day this week is fine.'),
  ...say(ben, 205, 'Morning! Who is in on Saturday? The compost wants turning, and I bring bread.'),
  ...say(chiara, 198, 'Me.', 'And two forks, ours have lost their teeth.'),
  ...say(ada, 190, 'I am in. I can stay until three.'),
  ...say(
    yuki,
    84,
    'I have to work on Saturday, but I wrote down how we did it last year: https://example.org/compost (page 3).',
  ),
  ...say(tomas, 41, 'Thank you Yuki, that is exactly what I needed. Layers, not lumps.'),
  ...say(noor, 12, 'Forecast says rain until ten and sun after.'),
  ...say(ben, 9, 'Then ten it is.', 'I put the kettle on at half past nine for those who cannot wait.'),
];

const harvest: readonly Line[] = Array.from({ length: 1_400 }, (_, at) => {
  const writers = [ben, chiara, noor, tomas];
  const crops = ['courgettes', 'runner beans', 'chard', 'plums', 'beetroot', 'tomatoes', 'apples', 'leeks'];
  const kilos = ((at * 37) % 90) / 10 + 0.4;
  return {
    who: writers[(at * 7 + Math.floor(at / 5)) % writers.length] ?? ben,
    agoMinutes: (1_400 - at) * 131 + 30,
    value: { text: `${kilos.toFixed(1)} kg of ${crops[(at * 5) % crops.length]} from bed ${(at % 12) + 1}.` },
  };
});

const tools: readonly Line[] = [
  ...say(wiremu, 6 * DAY, 'The long hedge shears hang left of the door again.'),
  {
    who: tomas,
    agoMinutes: 2 * DAY + 300,
    value: { item: 'wheelbarrow', state: 'tyre flat', since: '2026-11-19' },
  },
  ...say(wiremu, 2 * DAY + 120, 'Patched. It rolls.'),
];

const choir: readonly Line[] = [
  ...say(yuki, 2 * DAY + 60, 'Next Thursday we start at the second movement. Altos, please look at bar 48.'),
  ...say(ada, 2 * DAY + 30, 'I did. It is lovely and much too high.'),
  ...say(yuki, 33, 'Try it with your shoes off.'),
];

export const siteScripts: readonly SiteScript[] = [
  {
    id: '0d5ac1f2e6b74398a1d0c2b3e4f50617',
    title: 'Oak Lane Garden',
    members: [ada, ben, chiara, noor, tomas, yuki, wiremu],
    logs: [
      { name: 'chat', lines: garden },
      { name: 'harvest', lines: harvest },
      { name: 'tools', lines: tools },
    ],
    documents: [{ title: 'Saturday at the garden', writer: chiara, blocks: harvestPlan }],
  },
  {
    id: '7be13a90c4d2f58617a3b9e0d1c2f485',
    title: 'Thursday Choir',
    members: [yuki, ada, noor],
    logs: [{ name: 'rehearsals', lines: choir }],
  },
  {
    id: 'f1029384a5b6c7d8e9fa0b1c2d3e4f50',
    title: 'House 14',
    members: [ada],
    logs: [{ name: 'kitchen', lines: [] }],
    documents: [{ title: 'House rules', writer: ada, blocks: [] }],
  },
];
