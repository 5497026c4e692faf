import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { applyUpdate, Doc } from 'yjs';
import { sleep, until } from '../../lab/suites/sim-node.ts';
import { partyOf, scene, textOf } from '../../lab/suites/yjs-scene.ts';
import { changesOf, clocksOf, readConcurrent, tracePath } from '../../lab/suites/yjs-trace.ts';

const NAMES = ['ada', 'ben', 'cyd'] as const;

function hasAll(doc: Doc, known: ReadonlyMap<number, number>): boolean {
  const clocks = clocksOf(doc);
  return [...known].every(([client, clock]) => (clocks.get(client) ?? 0) >= clock);
}

for (const name of ['friendsforever', 'clownschool']) {
  const skip = existsSync(tracePath(name)) ? false : 'the editing traces are not on this machine';
  test(
    `[Y1, Y3] people who typed ${name} at once end with its text, through cuts and restarts`,
    { skip },
    () => {
      const trace = readConcurrent(name);
      const changes = changesOf(trace);
      scene(11, async (s) => {
        const [first, ...others] = NAMES.slice(0, trace.numAgents);
        assert.ok(first !== undefined);
        let parties = await partyOf(s, [first, ...others]);
        for (const [index, { agent, known, update }] of changes.entries()) {
          const party = parties[agent];
          assert.ok(party !== undefined);
          // Nobody types into what she has not seen.
          if (!hasAll(party.doc, known))
            await until(s.world, () => hasAll(party.doc, known), 'what was known');
          applyUpdate(party.doc, update, 'typed');
          if (index % 7 === 0) await sleep(s.world, 20);
          if (index % 4_001 === 4_000) s.node.cut();
          if (index % 9_001 === 9_000) {
            await party.provider.saved();
            const next = await s.again(party, new Doc());
            parties = parties.map((each) => (each === party ? next : each));
          }
        }
        for (const party of parties) {
          await until(s.world, () => textOf(party) === trace.endContent, `the text of ${party.machine.name}`);
          assert.equal(party.provider.skippedCount, 0);
        }
        const late = new Doc();
        const [anybody] = parties;
        assert.ok(anybody !== undefined);
        const back = await s.again(anybody, late);
        await until(s.world, () => textOf(back) === trace.endContent, 'the text of who comes back');
      });
    },
  );
}
