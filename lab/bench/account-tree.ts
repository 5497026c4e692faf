/**
 * The removal of somebody with 10,000 accounts below her, a hundred of a hundred each, everybody with a device: how
 * long until it counts, until the last device has ended, and how long another waits meanwhile.
 */

import { join } from 'node:path';
import { must } from 'copse/internal/base/assert.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';
import { adding, removing, signedBy } from '../suites/account-acts.ts';
import { newUser, pair, person, type Person } from '../suites/people.ts';
import { median, spread, type Bench, type Figure } from './figure.ts';
import { Other } from './other.ts';
import { inDirectory } from './store-stage.ts';

const T = 1_800_000_000_000;
const TOGETHER = 64;
const ASKS_EVERY_MS = 1;

export const accountTreeBench: Bench = {
  name: 'account-tree',
  run: (options) =>
    inDirectory(async (directory) => {
      await using accounts = SqliteAccounts.open({ path: join(directory, 'auth.sqlite') });
      const size = options.quick ? 1_000 : 10_000;
      const count = options.quick ? 2 : 5;
      const runs: Removed[] = [];
      const house = await founded(accounts, 2 * count * size);
      for (let run = 0; run < count; run++) {
        const tree = await grown(house, run, size);
        runs.push(await removed(house, tree));
        options.note(`${must(runs.at(-1), 'a run').ended} devices have ended`);
      }
      const what = `removal of ${size.toLocaleString('en')} accounts`;
      const cpuPerOp = median(runs.map(({ cpuUs }) => cpuUs)) / size;
      return [
        {
          ...figure(
            `${what}: it counts after`,
            runs.map(({ counts }) => counts),
          ),
          cpuPerOp: null,
        },
        {
          ...figure(
            'the same: the last device has ended after',
            runs.map(({ last }) => last),
          ),
          cpuPerOp,
        },
        {
          ...figure(
            'the same: the longest wait of another meanwhile',
            runs.map(({ stall }) => stall),
          ),
          cpuPerOp: null,
        },
      ];
    }),
};

function figure(name: string, ms: readonly number[]): Figure {
  return { name, unit: 'ms', value: median(ms), spread: spread(ms), cpuPerOp: null, rivals: {}, rssMb: null };
}

interface House {
  readonly accounts: SqliteAccounts;
  readonly node: Person['user'];
  readonly admin: Person;
}

/** A node with an admin who may let so many in. */
async function founded(accounts: SqliteAccounts, quota: number): Promise<House> {
  const node = await pair('the node');
  await accounts.tree.begin(node.key);
  const admin = await person('Ada');
  const issue = { kind: 'issue', name: 'Ada', quota, bytes: 100, below: node.key, isAdmin: true } as const;
  const signed = await signedBy(node, { node: node.key, atMs: T }, { ...issue, key: admin.user.key });
  await accounts.people.signUp(newUser(admin, T, { by: { kind: 'setup' }, issue: signed }));
  return { accounts, node, admin };
}

/** Somebody below the admin, and those whom she has let in. */
async function grown(house: House, run: number, size: number): Promise<Person> {
  const wide = Math.round(Math.sqrt(size));
  const top = await person(`top ${run}`);
  await letIn(house, house.admin, [{ who: top, quota: wide * wide }]);
  const second = await crowd(`second ${run}`, wide);
  await letIn(
    house,
    top,
    second.map((who) => ({ who, quota: wide - 1 })),
  );
  for (const [at, who] of second.entries()) {
    const third = await crowd(`third ${run} ${at}`, wide - 1);
    await letIn(
      house,
      who,
      third.map((each) => ({ who: each, quota: 0 })),
    );
  }
  return top;
}

function crowd(name: string, count: number): Promise<readonly Person[]> {
  return Promise.all(Array.from({ length: count }, (_, n) => person(`${name} ${n}`)));
}

async function letIn(
  { accounts, node }: House,
  by: Person,
  guests: readonly { readonly who: Person; readonly quota: number }[],
): Promise<void> {
  for (let from = 0; from < guests.length; from += TOGETHER) {
    const batch = guests.slice(from, from + TOGETHER);
    const entering = batch.map(async ({ who, quota }) => {
      const act = adding(who.user.key, { name: who.name, quota });
      await accounts.tree.apply(await signedBy(by.user, { node: node.key, atMs: T }, act), T);
      await accounts.people.signUp(newUser(who, T, { by: { kind: 'account' } }));
    });
    await Promise.all(entering);
  }
}

interface Removed {
  readonly counts: number;
  readonly last: number;
  readonly stall: number;
  readonly ended: number;
  readonly cpuUs: number;
}

async function removed({ accounts, admin, node }: House, top: Person): Promise<Removed> {
  const other = new Other(() => accounts.tree.standing(admin.user.key), ASKS_EVERY_MS);
  const cpu = process.cpuUsage();
  const signed = await signedBy(admin.user, { node: node.key, atMs: T }, removing(top.user.key));
  const beganMs = performance.now();
  await accounts.tree.apply(signed, T);
  const counts = performance.now() - beganMs;
  const standing = await accounts.tree.standing(top.user.key);
  if (standing.kind !== 'removed') throw new Error('it does not count');
  let ended = 0;
  await accounts.tree.sweep(T, () => void ended++);
  const last = performance.now() - beganMs;
  const { user, system } = process.cpuUsage(cpu);
  return { counts, last, ended, stall: await other.end(), cpuUs: user + system };
}
