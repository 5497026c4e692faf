/** The journal on PostgreSQL under the suite of journals, and what only a server can do: go away in the middle. */

import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { must } from 'copse/internal/base/assert.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { openPostgresJournal, type PostgresJournal } from '../../server/src/store/journal-postgres.ts';
import type { Journal, JournalRecord } from '../../server/src/store/journal.ts';
import { body, journalSuite, type JournalPlace } from './journal.suite.ts';
import { postgresMissing, startCluster, type Cluster } from './postgres-cluster.ts';

const primitives = nativePrimitives();
const env = realEnv();
const SHARD = 0;
const SLOW = { timeout: 60_000 };
const UPDATE =
  'UPDATE copse_record SET epoch = $2, prev_hash = $3, hash = $4, bytes = $5 WHERE shard = 0 AND seq = $1';

const missing = postgresMissing();
// Not in a hook, which has five seconds whatever it says.
const cluster = missing === null ? await startCluster() : null;
const theCluster = (): Cluster => must(cluster, 'the cluster runs');
after(() => cluster?.[Symbol.asyncDispose]());

const open = (url: string, isWhole = false): Promise<PostgresJournal> =>
  openPostgresJournal({ postgres: theCluster().connect(url), shard: SHARD, primitives, env, isWhole });

/** A database of its own; what is damaged is damaged before it is opened again. */
function place(): JournalPlace {
  const url = Promise.resolve().then(() => theCluster().database());
  let damaged: Promise<void> = Promise.resolve();
  return {
    async open() {
      await damaged;
      return open(await url);
    },
    damage(seq, record) {
      damaged = damaged.then(async () => damage(await url, seq, record));
    },
    [Symbol.asyncDispose]: () => damaged,
  };
}

async function damage(url: string, seq: number, record: JournalRecord | null): Promise<void> {
  await using postgres = theCluster().connect(url);
  if (record === null) await postgres.query('DELETE FROM copse_record WHERE shard = 0 AND seq = $1', [seq]);
  else {
    const { epoch, prevHash, hash, bytes } = record;
    await postgres.query(UPDATE, [seq, epoch, prevHash, hash, bytes]);
  }
}

if (missing === null) journalSuite({ name: 'postgres', make: place });
else test('[J1] postgres: the suite of journals', { skip: missing }, () => {});

const only = { skip: missing ?? false, ...SLOW };

async function all(journal: Journal): Promise<JournalRecord[]> {
  const records: JournalRecord[] = [];
  for await (const record of journal.scan(1)) records.push(record);
  return records;
}

test(
  '[J11] postgres: of two owners the first is fenced by the second, also in the middle of a burst',
  only,
  async () => {
    const url = await theCluster().database();
    await using first = await open(url);
    await using second = await open(url);
    const old = await first.seal(body(1));
    const appends = Array.from({ length: 40 }, (_, i) => first.append(old.epoch, old.tail + i, body(i)));
    const sealed = await second.seal(body(2));
    const outcomes = await Promise.all(appends);
    const kept = outcomes.filter(({ kind }) => kind === 'ok').length;
    // What was acknowledged stands before the seal, and nothing of the former owner behind it.
    equal(sealed.tail, old.tail + kept + 1);
    for (const outcome of outcomes.slice(kept)) {
      deepEqual(outcome, { kind: 'conflict', tail: sealed.tail, epoch: sealed.epoch });
    }
    equal((await second.append(sealed.epoch, sealed.tail, body(3))).kind, 'ok');
    equal((await all(second)).length, sealed.tail + 1);
  },
);

test(
  '[J12] postgres: a server that is killed while records are appended loses and doubles none',
  only,
  async () => {
    await using own = await startCluster();
    const postgres = own.connect(await own.database());
    await using journal = await openPostgresJournal({ postgres, shard: SHARD, primitives, env });
    const { epoch, tail } = await journal.seal(body(1));
    const life = { acknowledged: 0, isOver: false };
    const writing = (async () => {
      while (!life.isOver) {
        const at = tail + life.acknowledged;
        const appended = await journal.append(epoch, at, body(life.acknowledged % 251));
        deepEqual(appended, { kind: 'ok', seq: at + 1 });
        life.acknowledged++;
      }
    })();
    for (let round = 0; round < 4; round++) {
      await sleep(150);
      await own.kill();
      await sleep(100);
      const enough = life.acknowledged + 2;
      await own.restart();
      while (life.acknowledged < enough) await sleep(10);
    }
    life.isOver = true;
    await writing;
    const records = await all(journal);
    equal(records.length, tail + life.acknowledged);
    for (const [i, record] of records.slice(tail).entries()) equal(record.bytes[0], i % 251);
  },
);

test(
  '[J12] postgres: a server that is silent is given up, and what it does later counts once',
  only,
  async () => {
    await using own = await startCluster();
    const url = await own.database();
    const postgres = own.connect(url, 400);
    await using journal = await openPostgresJournal({ postgres, shard: SHARD, primitives, env });
    const { epoch, tail } = await journal.seal(body(1));
    own.freeze();
    let isDone = false;
    const appended = journal.append(epoch, tail, body(7)).finally(() => {
      isDone = true;
    });
    await sleep(1_500);
    ok(!isDone, 'nothing is acknowledged while nobody knows');
    // The statement that was given up takes place now, and so may the ones behind it.
    own.thaw();
    deepEqual(await appended, { kind: 'ok', seq: tail + 1 });
    equal((await all(journal)).length, tail + 1);
  },
);

test(
  '[J12] postgres: an owner that is fenced while the database is away learns it, and only then',
  only,
  async () => {
    await using own = await startCluster();
    const url = await own.database();
    await using first = await openPostgresJournal({
      postgres: own.connect(url, 300),
      shard: SHARD,
      primitives,
      env,
    });
    const old = await first.seal(body(1));
    own.freeze();
    const lost = first.append(old.epoch, old.tail, body(2));
    await sleep(700);
    await own.kill();
    await own.restart();
    await using second = await openPostgresJournal({
      postgres: own.connect(url),
      shard: SHARD,
      primitives,
      env,
    });
    const sealed = await second.seal(body(3));
    const outcome = await lost;
    // Before the seal it counts, behind it it never will.
    const records = await all(second);
    const isThere = records.some(({ seq, bytes }) => seq === old.tail + 1 && bytes[0] === 2);
    equal(outcome.kind === 'ok', isThere);
    equal((await first.append(old.epoch, old.tail + (isThere ? 1 : 0), body(4))).kind, 'conflict');
    equal((await all(second)).length, (isThere ? 1 : 0) + 2);
    ok(sealed.epoch > old.epoch);
  },
);

test('[J12] postgres: a closed journal waits for no database', only, async () => {
  await using own = await startCluster();
  const postgres = own.connect(await own.database(), 300);
  const journal = await openPostgresJournal({ postgres, shard: SHARD, primitives, env });
  const { epoch, tail } = await journal.seal(body(1));
  own.freeze();
  const appended = journal.append(epoch, tail, body(2));
  const refused = rejects(appended, { name: 'Fault', code: 'closed' });
  await sleep(50);
  await journal[Symbol.asyncDispose]();
  await refused;
});

test('[J8] postgres: tables of a newer version are refused', only, async () => {
  const url = await theCluster().database();
  {
    await using journal = await open(url);
    await journal.seal(body(1));
  }
  await using postgres = theCluster().connect(url);
  await postgres.query('UPDATE copse_version SET version = version + 1');
  await rejects(open(url), { name: 'Fault', code: 'newer' });
});

test('[J13] postgres: a journal that is kept whole lets go its memory and no record', only, async () => {
  const url = await theCluster().database();
  await using journal = await open(url, true);
  const { epoch, tail } = await journal.seal(body(1));
  for (let i = 0; i < 4; i++) await journal.append(epoch, tail + i, body(i));
  await journal.trim(tail + 2);
  equal(journal.read(tail + 2), null);
  ok(journal.read(tail + 3) !== null);
  equal((await all(journal)).length, tail + 4);
  equal(journal.read(tail + 2), null);
});

test('[J15] postgres: a certificate that holds lets in, and one that does not is named', only, async (t) => {
  await using own = await startCluster({ isSecured: true });
  const { certificate } = own;
  if (certificate === null) return t.skip('OpenSSL is missing: apt-get install openssl');
  const plain = new URL(await own.database());
  plain.hostname = 'localhost';
  const url = (hostname: string, words: Readonly<Record<string, string>>): string => {
    const made = new URL(plain);
    made.hostname = hostname;
    for (const [name, value] of Object.entries(words)) made.searchParams.set(name, value);
    return made.href;
  };
  const trusted = { sslmode: 'verify-full', sslrootcert: certificate };
  await using postgres = own.connect(url('localhost', trusted));
  const [row] = await postgres.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
  equal(row?.['ssl'], true);
  for (const wrong of [
    url('localhost', { sslmode: 'verify-full' }),
    url('127.0.0.1', trusted),
    url('localhost', { ...trusted, sslrootcert: '/nowhere/db.pem' }),
  ]) {
    await using refused = own.connect(wrong);
    await rejects(
      refused.query('SELECT 1'),
      { code: 'config', message: /certificate of the database/ },
      wrong,
    );
  }
});

test(
  '[J15] postgres: a server that speaks in clear only is named where the line is to be encrypted',
  only,
  async () => {
    const url = `${await theCluster().database()}?sslmode=verify-full`;
    await using postgres = theCluster().connect(url);
    await rejects(postgres.query('SELECT 1'), { code: 'config', message: /speaks in clear only/ });
  },
);
