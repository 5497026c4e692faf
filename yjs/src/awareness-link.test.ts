import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Doc } from 'yjs';
import { Awareness } from 'y-protocols/awareness';
import { partyOf, scene, type Party, type Scene } from '../../lab/suites/yjs-scene.ts';
import { sleep, until } from '../../lab/suites/sim-node.ts';
import { awarenessPerConnectionMax } from './limits.ts';
import { CopseProvider } from './provider.ts';

interface Editor {
  readonly party: Party;
  readonly awareness: Awareness;
  readonly provider: CopseProvider;
}

function editorOf(party: Party): Editor {
  const doc = new Doc();
  const awareness = new Awareness(doc);
  const provider = new CopseProvider(party.log, doc, { awareness, timers: party.machine.env });
  return { party, awareness, provider };
}

/** Two people with editors; what awareness does on its own clock is ended at the end. */
function editing(seed: number, act: (s: Scene, ada: Editor, ben: Editor) => Promise<void>): void {
  scene(seed, async (s) => {
    const parties = (await partyOf(s, ['ada', 'ben'])) as [Party, Party];
    const [ada, ben] = [editorOf(parties[0]), editorOf(parties[1])];
    try {
      await Promise.all([ada.provider.ready, ben.provider.ready]);
      await act(s, ada, ben);
    } finally {
      for (const { awareness, provider } of [ada, ben]) {
        provider.destroy();
        awareness.destroy();
      }
    }
  });
}

function nameAt(of: Editor, seen: Editor): unknown {
  return of.awareness.getStates().get(seen.awareness.clientID)?.['name'];
}

test('[Y7] a cursor is seen by who is there and by who comes, and goes with its person', () => {
  editing(21, async (s, ada, ben) => {
    ada.awareness.setLocalStateField('name', 'Ada');
    await until(s.world, () => nameAt(ben, ada) === 'Ada', 'Ada at Ben');
    assert.equal(ben.provider.personOf(ada.awareness.clientID)?.user, ada.party.copse.user);
    const doc = new Doc();
    const late = new Awareness(doc);
    await ben.party.machine.close();
    await until(s.world, () => !ada.awareness.getStates().has(ben.awareness.clientID), 'the end of Ben');
    const back = await s.again(ben.party, doc);
    const provider = new CopseProvider(back.log, doc, { awareness: late, timers: back.machine.env });
    await until(s.world, () => late.getStates().get(ada.awareness.clientID)?.['name'] === 'Ada', 'Ada again');
    ada.provider.destroy();
    await until(s.world, () => !late.getStates().has(ada.awareness.clientID), 'the end of Ada');
    provider.destroy();
    late.destroy();
  });
});

test('[Y7] nobody speaks for the editor of another, and what is hostile is not heard', () => {
  editing(22, async (s, ada, ben) => {
    ada.awareness.setLocalStateField('name', 'Ada');
    await until(s.world, () => nameAt(ben, ada) === 'Ada', 'Ada at Ben');
    const third = s.machine('eve');
    const copse = await third.open({ name: 'eve' });
    const site = await copse.join(await ada.party.site.invite());
    const log = site.log('documents/plan', { codec: ada.party.log.codec });
    log.said(() => {});
    await until(s.world, () => log.status.get() === 'live', 'that Eve is there');
    const client = ada.awareness.clientID;
    log.say({ awareness: { client, clock: 99, state: '{"name":"Eve"}' } });
    log.say({ awareness: { client, clock: 99, state: 'null' } });
    for (const words of [
      null,
      7,
      {},
      { client: -1, clock: 0, state: '{}' },
      { client: 1, clock: 1, state: '{' },
    ]) {
      log.say({ awareness: words });
    }
    for (let own = 1; own <= awarenessPerConnectionMax + 9; own++) {
      log.say({ awareness: { client: own, clock: 1, state: '{}' } });
    }
    const count = (): number => ben.awareness.getStates().size;
    await until(s.world, () => count() === 2 + awarenessPerConnectionMax, 'her few editors');
    await sleep(s.world, 2_000);
    assert.equal(count(), 2 + awarenessPerConnectionMax);
    assert.equal(nameAt(ben, ada), 'Ada');
  });
});

test('[Y7] cursors that move all the time are said ten times a second, the last one certainly', () => {
  editing(23, async (s, ada, ben) => {
    let heard = 0;
    await until(s.world, () => ben.awareness.getStates().size === 2, 'Ada at Ben');
    ben.awareness.on('change', () => heard++);
    for (let step = 0; step < 200; step++) {
      ada.awareness.setLocalStateField('name', step);
      await sleep(s.world, 5);
    }
    await until(s.world, () => nameAt(ben, ada) === 199, 'the last step');
    assert.ok(heard <= 14, `${heard} in a second`);
    ada.awareness.setLocalStateField('name', 'x'.repeat(10_000));
    await sleep(s.world, 1_000);
    assert.equal(nameAt(ben, ada), 199, 'what is too large is not said');
  });
});
