import assert from 'node:assert/strict';
import { test } from 'node:test';
import { permission, permissionsAll } from 'copse';
import { Doc, UndoManager } from 'yjs';
import { sleep, until } from '../../lab/suites/sim-node.ts';
import { openDocument } from './open.ts';
import { partyOf, scene, textOf, type Party } from '../../lab/suites/yjs-scene.ts';

test('[Y1] what one types is in the document of the other, and of who comes later', () => {
  scene(1, async (s) => {
    const [ada, ben] = (await partyOf(s, ['ada', 'ben'])) as [Party, Party];
    ada.text.insert(0, 'the plums');
    await until(s.world, () => textOf(ben) === 'the plums', 'the text of Ben');
    ben.text.insert(9, ' are ripe');
    await until(s.world, () => textOf(ada) === 'the plums are ripe', 'the text of Ada');
    const late = await s.again(ben, new Doc());
    assert.equal(textOf(late), 'the plums are ripe');
    await until(s.world, () => late.provider.synced, 'that it has all');
  });
});

test('[Y2] a run of keystrokes is few entries, and the first goes at once', () => {
  scene(2, async (s) => {
    const [ada, ben] = (await partyOf(s, ['ada', 'ben'])) as [Party, Party];
    for (let key = 0; key < 200; key++) {
      ada.text.insert(key, 'a');
      await sleep(s.world, 2);
    }
    await until(s.world, () => textOf(ben).length === 200, 'the text of Ben');
    const { tail } = await ada.log.read({ last: 1 });
    assert.ok(tail - 1 <= 100 && tail - 1 >= 4, `${tail - 1} entries of 200 keystrokes`);
    for (let key = 0; key < 50; key++) ada.text.insert(0, 'b');
    await ada.provider.saved();
    assert.equal((await ada.log.read({ last: 1 })).tail, tail + 1, 'a loop is one entry');
  });
});

test('[Y3] what was typed offline survives a restart, and the whole is there without the node', () => {
  scene(3, async (s) => {
    const [ada, ben] = (await partyOf(s, ['ada', 'ben'])) as [Party, Party];
    ada.text.insert(0, 'online ');
    await ada.provider.saved();
    await sleep(s.world, 12_000);
    s.node.isDown = true;
    s.node.cut();
    await until(s.world, () => ada.log.status.get() === 'offline', 'the word of it');
    ada.text.insert(7, 'offline');
    await sleep(s.world, 4_000);
    assert.equal(ada.provider.saving.get().kind, 'waiting');
    const back = await s.again(ada, new Doc());
    await until(s.world, () => textOf(back) === 'online offline', 'the copy and the queue');
    await until(s.world, () => back.provider.saving.get().kind === 'waiting', 'that it is told');
    assert.equal(back.provider.synced, false);
    back.text.insert(0, 'so ');
    s.node.isDown = false;
    await until(s.world, () => textOf(ben) === 'so online offline', 'the text of Ben');
    await until(s.world, () => back.provider.saving.get().kind === 'saved', 'that it is saved');
    assert.equal(textOf(back), textOf(ben));
  });
});

test('[Y3, Y9] a long document is there at once without the node, with what waits for it', () => {
  scene(31, async (s) => {
    const [ada] = (await partyOf(s, ['ada'])) as [Party];
    for (let line = 0; line < 400; line++) {
      ada.text.insert(
        0,
        `line ${line} of a document that is longer than what a log keeps of itself anyway\n`,
      );
      if (line % 10 === 0) await ada.provider.saved();
    }
    await ada.provider.saved();
    await sleep(s.world, 20_000);
    s.node.isDown = true;
    s.node.cut();
    ada.text.insert(0, 'the end');
    await sleep(s.world, 2_000);
    const back = await s.again(ada, new Doc());
    assert.equal(textOf(back), textOf(ada));
    assert.equal(back.provider.synced, false);
  });
});

test('[Y9] who opens a long document begins with a snapshot, and what was refused is in none', () => {
  scene(32, async (s) => {
    const [ada, ben] = (await partyOf(s, ['ada', 'ben'], permission.read)) as [Party, Party];
    ben.text.insert(0, 'nobody may see this');
    for (let line = 0; line < 1_500; line++) {
      ada.text.insert(ada.text.length, `line ${line} of a document that many people read\n`);
      if (line % 3 === 0) await ada.provider.saved();
    }
    await ada.provider.saved();
    await sleep(s.world, 60_000);
    await until(s.world, () => textOf(ben).length > textOf(ada).length, 'the lines at Ben');
    assert.equal(ben.provider.saving.get().kind, 'refused');
    const cyd = s.machine('cyd');
    const copse = await cyd.open({ name: 'cyd' });
    const site = await copse.join(await ada.site.invite());
    const loads: (number | null)[] = [];
    const log = site.log('documents/plan', { codec: ada.log.codec });
    const fold = await log.fold({
      load: (state) => loads.push(state?.length ?? null),
      apply: (entries) => loads.push(-entries.length),
      save: () => null,
    });
    await fold.ready;
    assert.ok((loads[0] ?? 0) > 1_000, 'it begins with a state');
    assert.ok(
      loads.slice(1).every((count) => count !== null && count < 0 && count > -400),
      String(loads),
    );
    const reader = await openDocument(log, new Doc(), { awareness: null, timers: cyd.env });
    await until(s.world, () => reader.synced, 'the whole');
    assert.equal(reader.doc.getText('text').toJSON(), textOf(ada));
    reader.destroy();
    await fold.close();
  });
});

test('[Y10] what a node has forgotten comes back with who has it', () => {
  scene(33, async (s) => {
    const [ada, ben] = (await partyOf(s, ['ada', 'ben'])) as [Party, Party];
    ada.text.insert(0, 'ripe plums');
    await until(s.world, () => textOf(ben) === 'ripe plums', 'the text of Ben');
    await s.node.loseLogs();
    ben.text.insert(10, ', and pears');
    await until(s.world, () => textOf(ada) === 'ripe plums, and pears', 'the text of Ada');
    await ada.provider.saved();
    await ben.provider.saved();
    const cyd = s.machine('cyd');
    const site = await (await cyd.open({ name: 'cyd' })).join(await ada.site.invite());
    const log = site.log('documents/plan', { codec: ada.log.codec });
    const reader = await openDocument(log, new Doc(), { awareness: null, timers: cyd.env });
    await until(s.world, () => reader.doc.getText('text').toJSON() === textOf(ada), 'all of it at Cyd');
    reader.destroy();
  });
});

test('[Y4] a change larger than an entry comes whole, also in the middle of others', () => {
  scene(4, async (s) => {
    const [ada, ben] = (await partyOf(s, ['ada', 'ben'])) as [Party, Party];
    const large = 'plum '.repeat(60_000);
    ada.text.insert(0, large);
    ben.text.insert(0, 'pear ');
    await until(s.world, () => textOf(ben).length === large.length + 5, 'the text of Ben');
    await until(s.world, () => textOf(ada) === textOf(ben), 'the same at both');
    assert.equal(ada.provider.skippedCount, 0);
    const late = await s.again(ben, new Doc());
    assert.equal(textOf(late), textOf(ada));
  });
});

test('[Y6] a refused change is told as unsaved, and goes when the right comes', () => {
  scene(6, async (s) => {
    const [ada, ben] = (await partyOf(s, ['ada', 'ben'])) as [Party, Party];
    ada.text.insert(0, 'hers');
    await until(s.world, () => textOf(ben) === 'hers', 'the text of Ben');
    const held = (await ada.site.whoHolds()).find(({ user }) => user === ben.copse.user);
    assert.ok(held !== undefined);
    await ada.site.revoke(held.via);
    await until(s.world, () => ben.log.trouble.get() !== null, 'that the right has ended');
    ben.text.insert(0, 'mine, ');
    await assert.rejects(ben.provider.saved());
    assert.equal(textOf(ben), 'mine, hers', 'the document still shows it');
    await sleep(s.world, 5_000);
    assert.equal(ben.provider.saving.get().kind, 'refused');
    assert.equal(textOf(ada), 'hers');
  });
});

test('[Y6] in a led log changes stand when the leader takes them, and are told as unsaved when not', () => {
  scene(34, async (s) => {
    const [ada, ben] = (await partyOf(s, ['ada', 'ben'], permissionsAll)) as [Party, Party];
    let isTaken = true;
    const lead = await ada.log.lead(() => ({
      apply: () => {},
      decide: () => (isTaken ? { kind: 'take' } : { kind: 'refuse', reason: 'the meeting is over' }),
    }));
    await until(s.world, () => lead.status.get() === 'leading', 'the lead');
    ben.text.insert(0, 'taken');
    await until(s.world, () => textOf(ada) === 'taken', 'the text of Ada');
    ada.text.insert(0, 'un');
    await until(s.world, () => textOf(ben) === 'untaken', 'the text of Ben');
    isTaken = false;
    ben.text.insert(0, 'late ');
    await assert.rejects(ben.provider.saved(), { code: 'refused', detail: 'the meeting is over' });
    await sleep(s.world, 5_000);
    assert.deepEqual([textOf(ada), textOf(ben)], ['untaken', 'late untaken']);
    assert.equal(ada.provider.skippedCount, 0, 'a refusal is nothing wrong');
    isTaken = true;
    ben.provider.retry();
    await until(s.world, () => textOf(ada) === 'late untaken', 'what was refused before');
    await lead.stop();
  });
});

test('[Y6] who may only read shows what others write, and what she typed as unsaved until she may', () => {
  scene(7, async (s) => {
    const [ada, ben] = (await partyOf(s, ['ada', 'ben'], permission.read)) as [Party, Party];
    ada.text.insert(0, 'read me');
    await until(s.world, () => textOf(ben) === 'read me', 'the text of Ben');
    ben.text.insert(0, 'no: ');
    await until(s.world, () => ben.provider.saving.get().kind === 'refused', 'the refusal');
    const member = (await ada.site.members()).find(({ user }) => user === ben.copse.user);
    assert.ok(member !== undefined);
    await ada.site.share({ to: member.key, permissions: permission.read | permission.write });
    await until(s.world, () => textOf(ada) === 'no: read me', 'the text of Ada');
    await until(s.world, () => ben.provider.saving.get().kind === 'saved', 'that it is saved');
  });
});

test('[Y5] entries that are no change are counted, and break nothing', () => {
  scene(5, async (s) => {
    const [ada, ben] = (await partyOf(s, ['ada', 'ben'])) as [Party, Party];
    ada.text.insert(0, 'good');
    await ada.provider.saved();
    const hostile = [
      new Uint8Array(0),
      Uint8Array.of(1),
      Uint8Array.of(9, 1, 2, 3),
      Uint8Array.of(1, 255, 255, 255, 255, 255, 255, 15),
      // A client with four billion structs that are not there.
      Uint8Array.of(1, 1, 255, 255, 255, 255, 15, 1, 0, 0),
      Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 2, 7),
    ];
    for (const value of hostile) await ben.log.append(value);
    ben.text.insert(0, 'still ');
    await until(s.world, () => textOf(ada) === 'still good', 'the text of Ada');
    assert.equal(ada.provider.skippedCount, hostile.length);
  });
});

test('[Y8] undo takes back what was typed here, and nothing of others', () => {
  scene(8, async (s) => {
    const [ada, ben] = (await partyOf(s, ['ada', 'ben'])) as [Party, Party];
    const undo = new UndoManager(ada.text);
    ada.text.insert(0, 'mine');
    await until(s.world, () => textOf(ben) === 'mine', 'the text of Ben');
    ben.text.insert(4, ' and his');
    await until(s.world, () => textOf(ada) === 'mine and his', 'the text of Ada');
    undo.undo();
    assert.equal(textOf(ada), ' and his');
    await until(s.world, () => textOf(ben) === ' and his', 'the text of Ben');
    undo.destroy();
  });
});

test('[Y1] a document that holds something brings it along once', () => {
  scene(9, async (s) => {
    const [ada] = (await partyOf(s, ['ada'])) as [Party];
    ada.text.insert(0, 'before');
    await ada.provider.saved();
    const doc = new Doc();
    doc.getText('text').insert(0, 'brought ');
    const back = await s.again(ada, doc);
    await back.provider.saved();
    assert.match(textOf(back), /brought before|beforebrought /);
    const { tail } = await back.log.read({ last: 1 });
    const third = await s.again(back, doc);
    await third.provider.saved();
    await sleep(s.world, 1_000);
    assert.equal((await third.log.read({ last: 1 })).tail, tail, 'what the log has is not appended again');
  });
});

test('[Y1] a document opens with its promise', () => {
  scene(10, async (s) => {
    const [ada, ben] = (await partyOf(s, ['ada', 'ben'])) as [Party, Party];
    ada.text.insert(0, 'hers');
    await until(s.world, () => textOf(ben) === 'hers', 'the text of Ben');
    const doc = new Doc();
    const provider = await openDocument(ben.log, doc, { awareness: null, timers: ben.machine.env });
    assert.equal(doc.getText('text').toJSON(), 'hers');
    provider.destroy();
    doc.getText('text').insert(0, 'not ');
    await sleep(s.world, 1_000);
    assert.equal(textOf(ada), 'hers', 'after its end nothing of the document is appended');
  });
});
