/**
 * The people that the pages name: what they call themselves, and what this device has verified of their keys
 * (SPEC U33, U39). Names are claims; the mark beside one says whether this device knows whose it is.
 */

import { batch, createSignal, type Accessor } from 'solid-js';
import { keyDigits } from '../../logic/neighbourhood/person-words.ts';
import { markOf, remembered, type KnownNames, type Mark } from '../../logic/trust-words.ts';
import type { Local } from '../local.ts';
import type { Copse, UserId } from '../sdk.ts';
import type { Neighbourhood, PersonProfile } from '../sdk-street.ts';
import { gathered } from './gathered.ts';
import { InSight } from './in-sight.ts';
import { keyOf, type PersonKey } from './keys.ts';

export interface Person {
  readonly key: PersonKey;
  readonly user: UserId;
  /** What she calls herself; null: nothing that is known. */
  readonly name: string | null;
  /** Whether she has said a name here herself; null: not known yet. */
  readonly isNamed: boolean | null;
  readonly about: string;
  /** For showing: her name, or the first digits of her key. */
  readonly called: string;
  /** Null: it is oneself, or nothing is known. */
  readonly mark: Mark | null;
  readonly isMe: boolean;
}

export interface PeopleBook {
  readonly me: PersonKey | null;
  readonly of: (person: PersonKey) => Person;
  /** What she says of herself was changed. */
  readonly look: (person: PersonKey) => void;
  /** Everybody who has come up on these pages; looked up when it is asked. */
  readonly all: () => readonly Person[];
  readonly keys: () => readonly PersonKey[];
}

export interface PeopleOptions {
  readonly place: Neighbourhood;
  readonly copse: Pick<Copse, 'names'>;
  readonly local: Local;
  readonly me: PersonKey | null;
  /** Names that sites know, by user. */
  readonly memberName: (user: UserId) => string | null;
}

/** Under which this device remembers who was verified in the neighbourhood. */
const REMEMBERED = 'neighbourhood';
/** Besides those who are in sight: twice as many as one may follow. */
const PEOPLE_MAX = 3_000;

interface Cell {
  readonly user: UserId;
  readonly profile: Accessor<PersonProfile | null | undefined>;
  readonly setProfile: (profile: PersonProfile | null) => void;
  readonly mark: Accessor<Mark | null>;
  readonly setMark: (mark: Mark | null) => void;
}

// long: what is asked for together shares the cells
export function createPeopleBook(options: PeopleOptions): PeopleBook {
  const { place, copse, local, me, memberName } = options;
  const cells = new InSight<Cell>(PEOPLE_MAX);
  const [added, setAdded] = createSignal(0);
  const nameIn = (cell: Cell): string | null => {
    const own = cell.profile()?.name.trim() ?? '';
    return own === '' ? memberName(cell.user) : own;
  };
  const askMarks = gathered(async (people) => {
    const trusts = await (await copse.names()).trustIn(people.map(keyOf));
    const rows = people.flatMap((person, at) => {
      const cell = cells.peek(person);
      const trust = trusts[at] ?? 'unverified';
      return cell === undefined ? [] : [{ cell, trust, user: cell.user, name: nameIn(cell) ?? '' }];
    });
    const before: KnownNames = local.known(REMEMBERED);
    const known = remembered(
      before,
      rows.filter(({ trust }) => trust !== 'unverified'),
    );
    if (known !== before) local.setKnown(REMEMBERED, known);
    batch(() => {
      for (const { cell, trust, user, name } of rows) cell.setMark(markOf({ user, name }, trust, known));
    });
  });
  const askProfiles = gathered(async (people) => {
    await Promise.all(
      people.map(async (person) => {
        const profile = await place.profile(keyOf(person)).catch(() => undefined);
        if (profile !== undefined) cells.peek(person)?.setProfile(profile);
        // The name decides whether somebody passes for another (SPEC U33).
        if (person !== me) askMarks(person);
      }),
    );
  });
  const made = (person: PersonKey): Cell => {
    const [profile, setProfile] = createSignal<PersonProfile | null | undefined>(undefined);
    const [mark, setMark] = createSignal<Mark | null>(null);
    askProfiles(person);
    // Whoever asks is being shown; the list of all follows when that is done.
    queueMicrotask(() => setAdded((before) => before + 1));
    return { user: place.userOf(keyOf(person)), profile, setProfile, mark, setMark };
  };
  const shown = (person: PersonKey, cell: Cell): Person => {
    const name = nameIn(cell);
    return {
      key: person,
      user: cell.user,
      name,
      isNamed: cell.profile() === undefined ? null : (cell.profile()?.name.trim() ?? '') !== '',
      about: cell.profile()?.about ?? '',
      called: name ?? keyDigits(person),
      mark: person === me ? null : cell.mark(),
      isMe: person === me,
    };
  };
  return {
    me,
    of: (person) =>
      shown(
        person,
        cells.hold(person, () => made(person)),
      ),
    look: askProfiles,
    all() {
      added();
      return cells.all().map(([person, cell]) => shown(person, cell));
    },
    keys() {
      added();
      return cells.all().map(([person]) => person);
    },
  };
}
