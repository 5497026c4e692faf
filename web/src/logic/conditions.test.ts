import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conditionsIn, conditionsWords, daysWords, noConditions } from './conditions.ts';

test('[U22] conditions that are typed are the caveats of the right, and are said in words', () => {
  const made = conditionsIn({
    ...noConditions,
    network: '192.0.2.7/24, 2001:db8::/32',
    origin: 'https://app.example/',
    isTimed: true,
    from: '09:30',
    to: '00:00',
  });
  assert.ok(made.kind === 'ok');
  assert.deepEqual(
    made.caveats.map(({ kind }) => kind),
    [1, 2, 3],
  );
  assert.equal(
    conditionsWords(made.caveats),
    'only from 192.0.2.0/24 or 2001:db8::/32, only in https://app.example, only Mon–Fri 09:30–24:00 UTC',
  );
  assert.deepEqual(conditionsIn(noConditions), { kind: 'ok', caveats: [] });
});

test('[U22] a condition that cannot be checked is refused with what would do', () => {
  const wrong = (changes: Partial<typeof noConditions>): string => {
    const made = conditionsIn({ ...noConditions, ...changes });
    return made.kind === 'wrong' ? made.words : 'accepted';
  };
  assert.match(wrong({ network: '300.1.2.3' }), /300\.1\.2\.3.*is no network/u);
  assert.match(
    wrong({ network: Array.from({ length: 8 }, (_, at) => `10.0.${at}.0/24`).join(' ') }),
    /At most 7/u,
  );
  assert.match(wrong({ origin: 'app.example' }), /https:\/\/app\.example/u);
  assert.match(wrong({ isTimed: true, from: '18:00', to: '08:00' }), /end after they begin/u);
  assert.match(wrong({ isTimed: true, days: 0 }), /day of the week/u);
});

test('[U22] days are said as runs', () => {
  assert.equal(daysWords(0b111_1111), 'every day');
  assert.equal(daysWords(0b000_0101), 'Mon, Wed');
  assert.equal(daysWords(0b110_0000), 'Sat, Sun');
});
