/** The fake neighbourhood with its doorstep, and what its people say of one another. */

import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import type { Neighbourhood, PersonIdentity, Said, Verdict, Vouch } from '../model/sdk-street.ts';
import { FakeDoorstep } from './fake-doorstep.ts';
import { FAKE_DIGITS } from './fake-names.ts';
import { FakeNeighbourhood, type FakeStreetOptions } from './fake-neighbourhood.ts';
import { keyOf } from './fake-rights.ts';
import { ada, ben, chiara, noor, tomas, type Person } from './people.ts';

const DAY_MS = 86_400_000;
const ELSEWHERE = `wss://hives.example#${'N'.repeat(43)}`;

export class FakeStreet extends FakeNeighbourhood implements Neighbourhood {
  readonly doorstep: FakeDoorstep;
  readonly #said = new Map<string, Said>();
  readonly #hasMoved: boolean;

  constructor(options: FakeStreetOptions) {
    super(options);
    this.#hasMoved = options.as === 'moved';
    const { delayMs, takeFault } = options;
    this.doorstep = new FakeDoorstep({
      delayMs,
      takeFault,
      isEmpty: options.as === 'empty',
      isSlow: options.as === 'slow',
    });
  }

  /** In one of the neighbourhoods Chiara has become Tomás. */
  get moving(): Neighbourhood['moving'] {
    return {
      successor: async (of) => (this.#hasMoved && isOf(of, chiara) ? keyOf(tomas.user) : null),
      postsOf: (of, before) => this.posts(of, before),
    };
  }

  async identity(of: Key): Promise<PersonIdentity> {
    const profile = await this.profile(of);
    const said = saidOf(of);
    const mine = this.#said.get(hex(of)) ?? null;
    const by = (...verdicts: readonly Verdict[]): readonly Key[] =>
      said.filter(({ verdict }) => verdicts.includes(verdict)).map((each) => each.by);
    const names = [profile?.name ?? '', ...said.map(({ name }) => name), mine?.name ?? ''];
    const differing = [...new Set(names)].filter((name) => name !== '');
    return {
      key: of,
      profile,
      addresses: await this.addressesOf(of),
      mine,
      said,
      vouchedBy: by('compared', 'known'),
      doubtedBy: by('doubted'),
      names: differing.length > 1 ? differing : [],
      otherAddresses: isOf(of, noor) ? ['wss://old-hives.example#key'] : [],
    };
  }

  async vouch(of: Key, { name, notes, addresses, verdict, digits }: Vouch): Promise<void> {
    const before = (await this.identity(of)).mine;
    if (digits !== undefined && digits.replaceAll(/\D/gu, '') !== FAKE_DIGITS.replaceAll(' ', ''))
      throw new Fault('badProof');
    this.#said.set(hex(of), {
      by: keyOf(ada.user),
      timeMs: Date.now(),
      name: name ?? before?.name ?? '',
      notes: notes ?? before?.notes ?? '',
      addresses: addresses ?? before?.addresses ?? [],
      verdict: digits === undefined ? (verdict ?? 'known') : 'compared',
    });
  }

  digits(): string {
    return FAKE_DIGITS;
  }

  async addressesOf(of: Key): ReturnType<Neighbourhood['addressesOf']> {
    return isOf(of, noor) ? { outbox: [ELSEWHERE], inbox: [ELSEWHERE] } : null;
  }
}

function isOf(key: Key, { user }: Person): boolean {
  return hex(key) === hex(keyOf(user));
}

/** Of Noor all say the same; of Tomás they do not. */
function saidOf(of: Key): readonly Said[] {
  const row = (who: Person, verdict: Verdict, name: string, notes: string, days: number): Said => ({
    by: keyOf(who.user),
    timeMs: Date.now() - days * DAY_MS,
    name,
    notes,
    addresses: [],
    verdict,
  });
  if (isOf(of, noor))
    return [
      row(ben, 'compared', 'Noor Haddad', 'She keeps the bees behind the hall.', 3),
      row(chiara, 'known', 'Noor of the bees', '', 40),
    ];
  if (isOf(of, tomas))
    return [
      row(chiara, 'doubted', '', 'Tomás told me that he has lost this key.', 2),
      row(ben, 'known', 'Tomás', '', 90),
    ];
  return [];
}
