/** The contract of a journal (`server/src/store/journal.ts`), run against every engine. */

import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { must } from 'copse/internal/base/assert.ts';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { eachSection } from 'copse/internal/log/record.ts';
import { BrokenRecord, type Journal, type JournalRecord } from '../../server/src/store/journal.ts';

/** One journal's place on a disk; opening it again finds what was there. */
export interface JournalPlace extends AsyncDisposable {
  open(): Promise<Journal>;
  /** Puts something else where a record is stored, or nothing. */
  damage(seq: number, record: JournalRecord | null): void;
}

export interface JournalEngine {
  readonly name: string;
  /** A place that was never used. */
  readonly make: () => JournalPlace;
}

const owner = utf8('owner');
/** Half a second on a quiet machine; the runner gives five. */
const SLOW = { timeout: 60_000 };

/** A body that says which one it is and takes some pages. */
export function body(i: number, size = 40): Uint8Array<ArrayBuffer> {
  return new Uint8Array(size).fill(i);
}

/** Seals and appends `count` records; answers the epoch and the tail. */
async function filled(journal: Journal, count: number): Promise<{ epoch: number; tail: number }> {
  const { epoch, tail } = await journal.seal(owner);
  for (let i = 0; i < count; i++) {
    deepEqual(await journal.append(epoch, tail + i, body(i)), { kind: 'ok', seq: tail + i + 1 });
  }
  return { epoch, tail: tail + count };
}

async function all(journal: Journal, from = 1): Promise<JournalRecord[]> {
  const records: JournalRecord[] = [];
  for await (const record of journal.scan(from)) records.push(record);
  return records;
}

/** The numbers of the records that can be read, and of those that cannot. */
async function read(journal: Journal): Promise<{ intact: number[]; broken: number[] }> {
  const intact: number[] = [];
  const broken: number[] = [];
  for (let from = 1; ;) {
    try {
      for await (const record of journal.scan(from)) {
        intact.push(record.seq);
        from = record.seq + 1;
      }
      return { intact, broken };
    } catch (thrown) {
      ok(thrown instanceof BrokenRecord, String(thrown));
      ok(thrown.message.includes(String(thrown.seq)), 'the message names the record');
      equal(thrown.code, 'corrupt');
      broken.push(thrown.seq);
      from = thrown.seq + 1;
    }
  }
}

export function journalSuite(engine: JournalEngine): void {
  appending(engine);
  sealing(engine);
  chaining(engine);
  trimming(engine);
  cells(engine);
  againstModel(engine);
}

function appending({ name, make }: JournalEngine): void {
  test(`[J1] ${name}: an append behind another record or under another epoch conflicts and changes nothing`, async () => {
    await using place = make();
    await using journal = await place.open();
    const { epoch, tail } = await filled(journal, 3);
    const conflict = { kind: 'conflict', tail, epoch };
    deepEqual(await journal.append(epoch, tail - 1, body(9)), conflict);
    deepEqual(await journal.append(epoch, tail + 1, body(9)), conflict);
    deepEqual(await journal.append(epoch - 1, tail, body(9)), conflict);
    deepEqual(await journal.append(epoch + 1, tail, body(9)), conflict);
    equal((await all(journal)).length, tail);
    deepEqual(await journal.append(epoch, tail, body(9)), { kind: 'ok', seq: tail + 1 });
  });

  test(`[J1] ${name}: appends under way at once are carried out in order, and none behind one that conflicts`, async () => {
    await using place = make();
    await using journal = await place.open();
    const { epoch, tail } = await filled(journal, 1);
    const kinds = await Promise.all([
      journal.append(epoch, tail, body(1)),
      journal.append(epoch, tail + 1, body(2)),
      journal.append(epoch, tail + 3, body(3)),
      journal.append(epoch, tail + 4, body(4)),
      journal.append(epoch, tail + 2, body(5)),
    ]);
    deepEqual(
      kinds.map(({ kind }) => kind),
      ['ok', 'ok', 'conflict', 'conflict', 'ok'],
    );
    deepEqual(
      (await all(journal, tail + 1)).map(({ bytes }) => bytes[0]),
      [1, 2, 5],
    );
  });

  test(`[J2] ${name}: what was appended is there after closing and opening, byte for byte`, async () => {
    await using place = make();
    const bodies = [body(1, 0), body(2, 1), body(3, 8192), body(4, 300_000)];
    {
      await using journal = await place.open();
      let { epoch, tail } = await journal.seal(owner);
      for (const bytes of bodies)
        tail = (await journal.append(epoch, tail, bytes.slice())).kind === 'ok' ? tail + 1 : 0;
    }
    await using journal = await place.open();
    const records = await all(journal, 2);
    deepEqual(
      records.map(({ bytes }) => Buffer.from(bytes)),
      bodies.map((bytes) => Buffer.from(bytes)),
    );
    deepEqual(journal.read(3)?.bytes, bodies[1]);
    equal(journal.read(99), null);
  });
}

function sealing({ name, make }: JournalEngine): void {
  test(`[J11] ${name}: a seal raises the epoch and the former owner's next append is refused`, async () => {
    await using place = make();
    await using first = await place.open();
    const before = await filled(first, 2);
    const sealed = await first.seal(utf8('next'));
    deepEqual(sealed, { epoch: before.epoch + 1, tail: before.tail + 1 });
    const refused = await first.append(before.epoch, before.tail, body(1));
    deepEqual(refused, { kind: 'conflict', ...sealed });
    deepEqual(await first.append(before.epoch, sealed.tail, body(1)), refused);
    equal((await first.append(sealed.epoch, sealed.tail, body(1))).kind, 'ok');
  });

  test(`[J11] ${name}: the epoch and its seal are there after closing and opening`, async () => {
    await using place = make();
    for (const expected of [1, 2, 3]) {
      await using journal = await place.open();
      const sealed = await journal.seal(owner);
      deepEqual(sealed, { epoch: expected, tail: expected });
      const record = must((await all(journal, sealed.tail))[0], 'the seal is a record');
      equal(record.epoch, expected);
      eachSection(record.bytes, (section) => deepEqual(section, { kind: 'seal', epoch: expected, owner }));
    }
  });
}

function chaining({ name, make }: JournalEngine): void {
  const cases: readonly {
    readonly what: string;
    readonly damage: (place: JournalPlace, records: readonly JournalRecord[]) => void;
    readonly broken: readonly number[];
  }[] = [
    {
      what: 'altered',
      damage: (place, records) => place.damage(4, { ...records[3]!, bytes: body(99) }),
      broken: [4],
    },
    { what: 'missing', damage: (place) => place.damage(4, null), broken: [4] },
    { what: 'last and missing', damage: (place) => place.damage(7, null), broken: [7] },
    {
      what: 'of a wrong epoch',
      damage: (place, records) => place.damage(4, { ...records[3]!, epoch: 7 }),
      broken: [4],
    },
    {
      what: 'exchanged with its neighbour',
      damage(place, records) {
        place.damage(4, { ...records[4]!, seq: 4 });
        place.damage(5, { ...records[3]!, seq: 5 });
      },
      broken: [4, 5],
    },
    {
      what: 'missing with its neighbours',
      damage(place) {
        for (const seq of [3, 4, 5]) place.damage(seq, null);
      },
      broken: [3, 4, 5],
    },
  ];
  for (const { what, damage, broken } of cases) {
    test(`[J3] ${name}: a record that is ${what} is named, and the intact rest can be read`, async () => {
      await using place = make();
      {
        await using journal = await place.open();
        await filled(journal, 6);
        damage(place, await all(journal));
      }
      await using journal = await place.open();
      const found = await read(journal);
      deepEqual(found.broken, broken);
      deepEqual(
        found.intact,
        [1, 2, 3, 4, 5, 6, 7].filter((seq) => !broken.includes(seq)),
      );
    });
  }

  test(`[J3] ${name}: a record of another journal is found though it holds in itself`, async () => {
    await using place = make();
    await using foreign = make();
    await using other = await foreign.open();
    const { epoch, tail } = await other.seal(utf8('somebody else'));
    for (let i = 0; i < 6; i++) await other.append(epoch, tail + i, body(50 + i));
    const records = await all(other);
    {
      await using journal = await place.open();
      await filled(journal, 6);
      place.damage(4, records[3]!);
    }
    await using journal = await place.open();
    const { broken, intact } = await read(journal);
    equal(broken[0], 4);
    deepEqual(
      intact.filter((seq) => seq !== 5),
      [1, 2, 3, 6, 7],
    );
  });
}

function trimming({ name, make }: JournalEngine): void {
  test(`[J3] ${name}: a trimmed journal goes on: the chain holds and appends follow the same tail`, async () => {
    await using place = make();
    {
      await using journal = await place.open();
      const { epoch, tail } = await filled(journal, 6);
      await journal.trim(4);
      deepEqual((await read(journal)).intact, [5, 6, 7]);
      equal(journal.read(4), null);
      ok(journal.read(5) !== null);
      await journal.trim(2);
      await journal.trim(tail + 10);
      deepEqual(await read(journal), { intact: [], broken: [] });
      deepEqual(await journal.append(epoch, tail, body(1)), { kind: 'ok', seq: tail + 1 });
    }
    await using journal = await place.open();
    deepEqual(await read(journal), { intact: [8], broken: [] });
    deepEqual(await journal.seal(owner), { epoch: 2, tail: 9 });
    deepEqual(await read(journal), { intact: [8, 9], broken: [] });
  });
}

function cells({ name, make }: JournalEngine): void {
  test(`[J1] ${name}: a cell is set only at its version, and is there after closing and opening`, async () => {
    await using place = make();
    {
      await using journal = await place.open();
      deepEqual(await journal.cas('a', 0, body(1)), { ok: true, version: 1, value: body(1) });
      deepEqual(await journal.cas('a', 0, body(2)), { ok: false, version: 1, value: body(1) });
      deepEqual(await journal.cas('a', 2, body(2)), { ok: false, version: 1, value: body(1) });
      deepEqual(await journal.cas('b', 1, body(2)), { ok: false, version: 0, value: null });
      deepEqual(await journal.cas('a', 1, body(3)), { ok: true, version: 2, value: body(3) });
    }
    await using journal = await place.open();
    deepEqual(await journal.cas('a', 0, body(4)), { ok: false, version: 2, value: body(3) });
  });

  test(`[J1] ${name}: of many who set a cell at once one wins`, async () => {
    await using place = make();
    await using journal = await place.open();
    const cells = await Promise.all([1, 2, 3, 4].map((i) => journal.cas('lease', 0, body(i))));
    equal(cells.filter(({ ok: won }) => won).length, 1);
    for (const { version, value } of cells) deepEqual({ version, value }, { version: 1, value: body(1) });
  });

  test(`[J1] ${name}: a journal that is closed refuses what comes later`, async () => {
    await using place = make();
    const journal = await place.open();
    const { epoch, tail } = await journal.seal(owner);
    await journal[Symbol.asyncDispose]();
    await rejects(journal.append(epoch, tail, body(1)), { name: 'Fault', code: 'closed' });
  });
}

type Step =
  | { readonly kind: 'append'; readonly epoch: number; readonly prev: number; readonly size: number }
  | { readonly kind: 'seal' }
  | { readonly kind: 'trim'; readonly back: number }
  | { readonly kind: 'reopen' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      epoch: fc.constantFrom(0, 0, 0, -1, 1),
      prev: fc.constantFrom(0, 0, 0, 0, -1, 1),
      size: fc.integer({ min: 0, max: 20_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('seal' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('trim' as const), back: fc.integer({ min: -1, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
);

/** Any history of steps answers what an array would. */
function againstModel({ name, make }: JournalEngine): void {
  test(`[J1] ${name}: any history answers what a list of records would`, SLOW, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        await using place = make();
        let journal = await place.open();
        try {
          const model = { epoch: 0, first: 1, sizes: [] as (number | null)[] };
          for (const each of steps) {
            if (each.kind === 'reopen') {
              await journal[Symbol.asyncDispose]();
              journal = await place.open();
            } else await take(journal, model, each);
          }
          const kept = await all(journal);
          deepEqual(
            kept.map(({ seq }) => seq),
            model.sizes.map((_, i) => i + 1).filter((seq) => seq >= model.first),
          );
          for (const record of kept) {
            const size = model.sizes[record.seq - 1];
            if (size !== null) equal(record.bytes.length, size);
          }
        } finally {
          await journal[Symbol.asyncDispose]();
        }
      }),
      { numRuns: 15 },
    );
  });
}

interface Model {
  epoch: number;
  first: number;
  /** By record; null for a seal. */
  readonly sizes: (number | null)[];
}

async function take(journal: Journal, model: Model, each: Exclude<Step, { kind: 'reopen' }>): Promise<void> {
  const tail = model.sizes.length;
  switch (each.kind) {
    case 'seal':
      model.epoch++;
      model.sizes.push(null);
      deepEqual(await journal.seal(owner), { epoch: model.epoch, tail: tail + 1 });
      return;
    case 'trim':
      model.first = Math.max(model.first, Math.min(tail - each.back, tail) + 1);
      await journal.trim(tail - each.back);
      return;
    case 'append': {
      const fits = each.epoch === 0 && each.prev === 0;
      const appended = await journal.append(model.epoch + each.epoch, tail + each.prev, body(1, each.size));
      if (fits) model.sizes.push(each.size);
      deepEqual(
        appended,
        fits ? { kind: 'ok', seq: tail + 1 } : { kind: 'conflict', tail, epoch: model.epoch },
      );
    }
  }
}
