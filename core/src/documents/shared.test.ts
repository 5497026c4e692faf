import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from '../../../lab/sim/world.ts';
import { SimMachine } from '../../../lab/suites/sim-machine.ts';
import { play, SimNode, sleep, until } from '../../../lab/suites/sim-node.ts';
import { permissionsAll } from '../api/model.ts';
import type { Copse } from '../client/copse.ts';
import type { Lead } from '../client/lead.ts';
import type { Log } from '../client/log.ts';
import { openJson, openMap, type JsonValue, type Patch, type Shared } from '../sequencers.ts';

interface Scene {
  readonly world: World;
  readonly node: SimNode;
}

interface Party {
  readonly name: string;
  readonly machine: SimMachine;
  readonly copse: Copse;
  readonly log: Log;
}

function scene(
  seed: number,
  names: readonly string[],
  act: (scene: Scene, parties: Party[]) => Promise<void>,
): void {
  const world = new World(seed);
  const node = new SimNode(world);
  play(world, async () => {
    await node.start();
    const parties: Party[] = [];
    for (const name of names) {
      const machine = new SimMachine(world, node, name);
      const copse = await machine.open({ name });
      const site = parties[0]?.copse.sites.get()[0];
      const joined =
        site === undefined
          ? await copse.found({ title: 'Garden' })
          : await copse.join(await site.invite({ permissions: permissionsAll }));
      parties.push({ name, machine, copse, log: joined.log('plan') });
    }
    await act({ world, node }, parties);
    for (const { machine } of parties) await machine.close();
  });
}

async function again({ name, machine }: Party): Promise<Party> {
  const copse = await machine.open({ name });
  return { name, machine, copse, log: copse.sites.get()[0]!.log('plan') };
}

const led = ({ world }: Scene, lead: Lead<unknown>): Promise<void> =>
  until(world, () => lead.status.get() === 'leading', 'the lead');

const set = (path: string, value: JsonValue): Patch => [{ op: 'add', path, value }];

/** Every value that was shown, without repetitions. */
function shown(shared: Shared<JsonValue, Patch>): string[] {
  const texts = [JSON.stringify(shared.get().value)];
  shared.subscribe(() => {
    const text = JSON.stringify(shared.get().value);
    if (text !== texts.at(-1)) texts.push(text);
  });
  return texts;
}

test('[V18] a change is shown at once, and its maker hears that it was taken or refused', () => {
  scene(1, ['ada', 'ben'], async (s, parties) => {
    const [ada, ben] = parties.map(({ log }) => openJson(log)) as [
      Shared<JsonValue, Patch>,
      Shared<JsonValue, Patch>,
    ];
    await led(s, await ada.lead());
    assert.deepEqual(await ben.change(set('/plums', 3)), { kind: 'ok', at: 1 });
    const texts = shown(ben);
    const taken = ben.change([
      { op: 'test', path: '/plums', value: 3 },
      { op: 'replace', path: '/plums', value: 2 },
    ]);
    // Somebody else comes first, and what was shown is taken back.
    const refused = ben.change([
      { op: 'test', path: '/plums', value: 3 },
      { op: 'replace', path: '/plums', value: 9 },
    ]);
    await sleep(s.world, 0);
    assert.deepEqual(ben.get().value, { plums: 2 });
    assert.deepEqual(ben.get().confirmed, { plums: 3 });
    assert.equal(ben.get().waiting, 2);
    assert.deepEqual(await taken, { kind: 'ok', at: 2 });
    assert.deepEqual(await refused, {
      kind: 'refused',
      reason: 'operation 0 (test /plums): the value is another one',
    });
    await until(s.world, () => ada.get().at === 3, 'all is read');
    assert.deepEqual(ada.get().value, { plums: 2 });
    assert.deepEqual(texts, ['{"plums":3}', '{"plums":2}'], 'nothing flickers');
  });
});

test('[V15, V18] in an open log what does not apply stands there and leaves no trace, for everybody', () => {
  scene(2, ['ada', 'ben'], async (s, parties) => {
    const [ada, ben] = parties.map(({ log }) => openJson(log)) as [
      Shared<JsonValue, Patch>,
      Shared<JsonValue, Patch>,
    ];
    await ada.change(set('/seat', 'free'));
    await ben.ready();
    const take = (who: string): Patch => [
      { op: 'test', path: '/seat', value: 'free' },
      { op: 'replace', path: '/seat', value: who },
    ];
    const outcomes = await Promise.all([ada.change(take('ada')), ben.change(take('ben'))]);
    assert.deepEqual(outcomes.map(({ kind }) => kind).toSorted(), ['ok', 'refused']);
    await until(s.world, () => ada.get().at === 3 && ben.get().at === 3, 'both have read');
    assert.deepEqual(ada.get(), ben.get());
    assert.deepEqual(ada.get().value, { seat: outcomes[0].kind === 'ok' ? 'ada' : 'ben' });
  });
});

test('[V15, V18] the leader is killed in between: the next one goes on, and everybody sees the same', () => {
  scene(3, ['ada', 'ben', 'cleo'], async (s, parties) => {
    const [ada, ben, cleo] = parties as [Party, Party, Party];
    const adas = openJson(ada.log);
    await led(s, await adas.lead());
    const [bens, cleos] = [openJson(ben.log), openJson(cleo.log)];
    const second = await bens.lead();
    await cleos.change(set('/list', []));
    const changes = Array.from({ length: 20 }, (_, i) => [
      cleos.change(set('/list/-', i)),
      bens.change([{ op: 'test', path: `/list/${i}`, value: i }, ...set(`/seen${i}`, true)]),
    ]).flat();
    await sleep(s.world, 3);
    ada.machine.kill();
    const outcomes = await Promise.all(changes);
    await led(s, second);
    assert.ok(cleos.get().waiting === 0 && bens.get().waiting === 0);
    const { at } = cleos.get();
    await until(s.world, () => bens.get().at === at && cleos.get().at === at, 'all is read');
    assert.deepEqual(bens.get().value, cleos.get().value);
    const list = Array.from({ length: 20 }, (_, i) => i);
    const seen = list.filter((i) => outcomes[2 * i + 1]?.kind === 'ok');
    const expected = Object.fromEntries(seen.map((i) => [`seen${i}`, true]));
    assert.deepEqual(bens.get().value, { list, ...expected });
    const third = openJson((await again(ada)).log);
    await until(s.world, () => third.get().at === at, 'Ada is back');
    assert.deepEqual(third.get().value, bens.get().value);
  });
});

test('[V18, S2] what is changed offline is shown over a restart, and has its place later', () => {
  scene(4, ['ada', 'ben'], async (s, parties) => {
    const [ada, ben] = parties as [Party, Party];
    const adas = openJson(ada.log);
    await led(s, await adas.lead());
    const before = openJson(ben.log);
    await before.change(set('/list', ['a']));
    s.node.isDown = true;
    s.node.cut();
    for (const word of ['b', 'c']) before.change(set('/list/-', word)).catch(() => {});
    before.change([{ op: 'test', path: '/list/0', value: 'z' }]).catch(() => {});
    await until(s.world, () => ben.log.waiting.get() === 3, 'all wait');
    assert.deepEqual(before.get().value, { list: ['a', 'b', 'c'] });
    ben.machine.kill();
    const restarted = await again(ben);
    const after = openJson(restarted.log);
    await until(s.world, () => after.get().waiting === 3, 'they wait again');
    s.node.isDown = false;
    await until(s.world, () => after.get().waiting === 0, 'they have their places');
    await until(s.world, () => adas.get().at === 4 && after.get().at === 4, 'all is read');
    assert.deepEqual(after.get().value, { list: ['a', 'b', 'c'] });
    assert.deepEqual(adas.get().value, { list: ['a', 'b', 'c'] });
  });
});

test('[V17, V18] a leader places of a change what nobody else has written meanwhile', () => {
  scene(5, ['ada', 'ben'], async (s, parties) => {
    const [ada, ben] = parties.map(({ log }) => openMap(log)) as [
      ReturnType<typeof openMap>,
      ReturnType<typeof openMap>,
    ];
    await led(s, await ada.lead());
    await ada.change({ set: { plums: 1 } });
    await ben.ready();
    const { version } = ben.get().confirmed;
    await ada.change({ set: { plums: 2 } });
    const change = { set: { plums: 9, pears: 9 }, seen: version };
    assert.deepEqual(await ben.change(change), {
      kind: 'changed',
      at: 3,
      changedTo: { set: { pears: 9 }, seen: version },
    });
    assert.deepEqual(await ben.change({ set: { plums: 7 }, seen: version }), {
      kind: 'refused',
      reason: 'Somebody has written meanwhile: plums.',
    });
    assert.deepEqual(await ben.change({ delete: ['plums'] }), { kind: 'ok', at: 5 });
    assert.deepEqual([...ben.get().value.values], [['pears', 9]]);
    await until(s.world, () => ada.get().at === 5, 'all is read');
    assert.deepEqual(ada.get().confirmed, ben.get().confirmed);
  });
});

test('[V18] a closed document says so to who waits, and what was changed still has its place', () => {
  scene(6, ['ada'], async (s, [ada]) => {
    const json = openJson(ada!.log);
    await json.change(set('/a', 1));
    const change = json.change(set('/b', 2));
    const late = openJson(ada!.log);
    const ready = late.ready();
    for (const each of [json, late]) each.close();
    await assert.rejects(change, /closed/);
    await assert.rejects(ready, /closed/);
    const next = openJson(ada!.log);
    await until(s.world, () => next.get().at === 2, 'it is read again');
    assert.deepEqual(next.get(), {
      value: { a: 1, b: 2 },
      confirmed: { a: 1, b: 2 },
      waiting: 0,
      at: 2,
      isWhole: true,
    });
    const loop: Patch[] = [];
    loop.push(loop as never);
    await assert.rejects(
      next.change(loop as never),
      TypeError,
      'what has no JSON is a mistake of the application',
    );
  });
});

test('[V15, Q3, Q8] who comes late begins with a snapshot, and leads with what the leader had', () => {
  scene(7, ['ada', 'ben', 'cleo'], async (s, [ada, ben, cleo]) => {
    const adas = openJson(ada!.log);
    const first = await adas.lead();
    await led(s, first);
    const words = 'x'.repeat(2_000);
    await adas.change(set('/list', []));
    for (let i = 0; i < 60; i++) await adas.change(set('/list/-', `${i} ${words}`));
    await sleep(s.world, 60_000);
    await adas.change(set('/late', true));
    let heard = 0;
    const bens = openJson(counting(ben!.log, (count) => (heard += count)));
    await bens.ready();
    assert.deepEqual(bens.get().value, adas.get().value);
    assert.ok(bens.get().isWhole && heard < 10, `${heard} entries were heard`);
    const second = await bens.lead();
    await first.stop();
    await led(s, second);
    const cleos = openJson(cleo!.log);
    const test: Patch = [{ op: 'test', path: '/list/59', value: `59 ${words}` }, ...set('/tested', true)];
    assert.equal((await cleos.change(test)).kind, 'ok');
  });
});

test('[V18] who lacks the key of what was before is told that the document is not whole', () => {
  scene(8, ['ada'], async (s, [ada]) => {
    const site = ada!.copse.sites.get()[0]!;
    const adas = openJson(ada!.log);
    await adas.change(set('/before', 1));
    await site.history(false);
    const guest = await new SimMachine(s.world, s.node, 'ben').open({ name: 'ben' });
    const joined = await guest.join(await site.invite({ permissions: permissionsAll }));
    await adas.change(set('/after', 2));
    const bens = openJson(joined.log('plan'));
    await bens.ready();
    assert.deepEqual(bens.get().value, { after: 2 });
    assert.equal(bens.get().isWhole, false);
    assert.equal(adas.get().isWhole, true);
    await guest.close();
  });
});

/** The log, with what a fold over it hears counted. */
function counting(log: Log, count: (entries: number) => void): Log {
  const fold = log.fold.bind(log);
  log.fold = (inner, options) =>
    fold(
      {
        load: (state) => inner.load(state),
        apply: (entries) => {
          count(entries.length);
          inner.apply(entries);
        },
        save: () => inner.save(),
      },
      options,
    );
  return log;
}

/** A whole run by a seed: three devices change, leaders come, are killed and stop, the node restarts. */
function storm(seed: number): ReadonlySet<string> {
  const kinds = new Set<string>();
  scene(seed, ['ada', 'ben', 'cleo'], async (s, parties) => {
    const { world } = s;
    const now = parties.map((party) => ({ party, json: openJson(party.log) }));
    const isLed = world.chance.often(0.7);
    if (isLed) await led(s, await now[0]!.json.lead());
    for (const { json } of now.slice(1)) if (isLed) await json.lead();
    await now[0]!.json.change(set('/list', []));
    for (let turn = 0; turn < 40; turn++) {
      const place = Math.floor(world.chance.unit() * 3);
      const at = now[place]!;
      const length = lengthOf(at.json.get().value);
      const patch: Patch = world.chance.often(0.5)
        ? set(`/list/${Math.floor(world.chance.unit() * (length + 1))}`, turn)
        : [
            { op: 'test', path: '/list/0', value: firstOf(at.json.get().value) },
            { op: 'remove', path: '/list/0' },
          ];
      at.json.change(patch).then(
        ({ kind }) => kinds.add(kind),
        () => {},
      );
      if (world.chance.often(0.6)) await sleep(world, world.chance.unit() * 30);
      if (world.chance.often(0.04)) await s.node.crash();
      if (!world.chance.often(0.06)) continue;
      await until(world, () => at.json.get().at > 0, 'something is read');
      at.party.machine.kill();
      const party = await again(at.party);
      now[place] = { party, json: openJson(party.log) };
      if (isLed) await now[place].json.lead();
    }
    await until(
      world,
      () => now.every(({ party, json }) => party.log.waiting.get() === 0 && json.get().waiting === 0),
      'calm',
    );
    await Promise.all(now.map(({ json }) => json.ready()));
    const { at } = now.map(({ json }) => json.get()).reduce((a, b) => (a.at > b.at ? a : b));
    await until(world, () => now.every(({ json }) => json.get().at === at), 'all is read');
    for (const { json } of now) {
      assert.deepEqual(json.get().confirmed, now[0]!.json.get().confirmed, `seed ${seed}`);
      assert.deepEqual(json.get().value, json.get().confirmed, `seed ${seed}`);
    }
  });
  return kinds;
}

function listOf(value: JsonValue): readonly JsonValue[] {
  const { list } = value as { readonly list?: readonly JsonValue[] };
  return list ?? [];
}
const lengthOf = (value: JsonValue): number => listOf(value).length;
const firstOf = (value: JsonValue): JsonValue => listOf(value)[0] ?? null;

test('[V15, V18] whatever dies meanwhile, all devices end with the same document and nothing ahead of it', () => {
  const kinds = Array.from({ length: 20 }, (_, i) => [...storm(100 + i)]).flat();
  assert.deepEqual([...new Set(kinds)].toSorted(), ['ok', 'refused'], 'both have happened');
});
