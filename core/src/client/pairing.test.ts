import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clientScene, type ClientScene } from '../../../lab/suites/client-scene.ts';
import { NODE_URL, until } from '../../../lab/suites/sim-node.ts';
import { Fault, type FaultCode } from '../base/fault.ts';
import { deviceId, key } from '../base/ids.ts';
import { nativePrimitives } from '../native/primitives.ts';
import type { Copse } from './copse.ts';
import { askToPair, type Asking, type Handed } from './pair-asking.ts';
import { pairLinkText, parsePairLink } from './pair-link.ts';
import type { RecoveryTools } from './recovery-realms.ts';

// Loading takes real time, which worlds have none of.
await import('./device-self.ts');
await import('./facet-tunnel.ts');
await import('./handed.ts');

const primitives = nativePrimitives();
const NOBODY = new Uint8Array(32);

interface Scene extends ClientScene {
  readonly ada: Copse;
  readonly tools: RecoveryTools;
  readonly ask: () => Promise<Asking>;
  readonly openAs: (name: string, handed: Handed) => Promise<Copse>;
}

function scene(seed: number, act: (scene: Scene) => Promise<void>): void {
  clientScene(seed, async ({ world, node, machine }) => {
    const ada = await machine('ada').open({ name: 'Ada' });
    const env = world.env('new');
    const tools = { env, primitives, dial: node.dial, askKey: async () => node.key };
    await act({
      world,
      node,
      ada,
      machine,
      tools,
      ask: () => askToPair(tools, { url: NODE_URL, nodeKey: undefined, deviceName: 'Telephone' }),
      openAs: (name, { secret, nodeKey, generations }) =>
        machine(name).open({ secret, nodeKey, generations, deviceName: name }),
    });
  });
}

async function refusal(promise: Promise<unknown>): Promise<FaultCode> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.code;
    throw thrown;
  }
  return assert.fail('it was not refused');
}

/** The first answer of a promise that may be refused while nobody looks at it. */
function soon<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

test('[D3, D5] a device whose picture was taken is the same user, and nothing is compared', () => {
  scene(1, async ({ ada, ask, openAs }) => {
    const garden = await ada.found({ title: 'Garden', logs: ['chat'] });
    using asking = await ask();
    assert.match(asking.link, /^http:\/\/node\.example\/#pair=[\w-]{128}$/);
    const desk = await ada.deviceDesk();
    const answered = soon(asking.answered());
    const approval = await desk.answer(asking.link);
    assert.deepEqual([approval.deviceName, approval.scanned], ['Telephone', true]);
    assert.deepEqual(await answered, { kind: 'scanned' });
    const handed = soon(asking.handed());
    await approval.approve();
    const { name, ...rest } = await handed;
    assert.equal(name, 'Ada');
    const phone = await openAs('phone', { name, ...rest });
    assert.equal(phone.user, ada.user);
    assert.notEqual(phone.device, ada.device);
    assert.equal(phone.site(garden.id)?.title.get(), 'Garden');
    const rows = await ada.devices();
    assert.deepEqual(rows.map((row) => row.device).toSorted(), [ada.device, phone.device].toSorted());
  });
});

test('[D2, D5] by the code both show the same digits, and with them the device is let in', () => {
  scene(2, async ({ ada, ask, openAs }) => {
    using asking = await ask();
    const answered = soon(asking.answered());
    const approval = await (await ada.deviceDesk()).answer(asking.code.toLowerCase());
    assert.equal(approval.scanned, false);
    const shown = await answered;
    assert.ok(shown.kind === 'digits');
    assert.match(shown.digits, /^\d{3} \d{3}$/);
    const handed = soon(asking.handed());
    await approval.approve(shown.digits);
    const phone = await openAs('phone', await handed);
    assert.equal(phone.user, ada.user);
  });
});

test('[D2] other digits end the pairing', () => {
  scene(3, async ({ ada, ask }) => {
    using asking = await ask();
    const answered = soon(asking.answered());
    const approval = await (await ada.deviceDesk()).answer(asking.code);
    const shown = await answered;
    assert.ok(shown.kind === 'digits');
    const other = shown.digits.startsWith('0') ? `1${shown.digits.slice(1)}` : `0${shown.digits.slice(1)}`;
    assert.equal(await refusal(approval.approve(other)), 'badProof');
    assert.equal(await refusal(asking.handed()), 'forbidden');
    assert.equal(await refusal(approval.approve(shown.digits)), 'unknown');
  });
});

test('[D2] without digits nobody is let in by a code', () => {
  scene(4, async ({ ada, ask }) => {
    using asking = await ask();
    const answered = soon(asking.answered());
    const approval = await (await ada.deviceDesk()).answer(asking.code);
    await answered;
    assert.equal(await refusal(approval.approve()), 'badProof');
  });
});

test('[D4] whoever asks may call it off, and whoever is asked may refuse', () => {
  scene(5, async ({ ada, ask }) => {
    const desk = await ada.deviceDesk();
    const first = await ask();
    await first.cancel();
    assert.equal(await refusal(desk.answer(first.code)), 'unknown');
    using second = await ask();
    const answered = soon(second.answered());
    const approval = await desk.answer(second.link);
    await answered;
    await approval.deny();
    assert.equal(await refusal(second.handed()), 'forbidden');
  });
});

test('[D4] nobody answers in time, and the device that asks is told', () => {
  scene(6, async ({ ask }) => {
    using asking = await ask();
    assert.equal(await refusal(asking.answered()), 'expired');
  });
});

test('[D1] a device that waits survives the loss of its connection', () => {
  scene(7, async ({ ada, node, ask, world }) => {
    using asking = await ask();
    const answered = soon(asking.answered());
    node.cut();
    await until(world, () => ada.status.get() !== 'live', 'the cut is felt');
    await until(world, () => ada.status.get() === 'live', 'back again');
    const approval = await (await ada.deviceDesk()).answer(asking.link);
    assert.deepEqual(await answered, { kind: 'scanned' });
    const handed = soon(asking.handed());
    await approval.approve();
    assert.deepEqual((await handed).secret, await ada.secret());
  });
});

test('[D5] later keys come along: the new device reads although the old one is gone', () => {
  scene(8, async ({ ada, ask, openAs, machine, world }) => {
    const garden = await ada.found({ title: 'Garden', logs: ['chat'] });
    const lost = await machine('lost').open({ secret: await ada.secret() });
    await ada.revokeDevice(lost.device);
    const endMs = world.nowMs + 120_000;
    while ((await garden.keyState()).epoch < 2) {
      assert.ok(world.nowMs < endMs, 'the site gets its next key');
      await ada.devices();
    }
    using asking = await ask();
    const answered = soon(asking.answered());
    const approval = await (await ada.deviceDesk()).answer(asking.link);
    await answered;
    const handed = soon(asking.handed());
    await approval.approve();
    const got = await handed;
    assert.equal(got.generations.length, 1);
    assert.equal(got.generations[0]?.generation, 2);
    await garden.log('chat').append('after the key changed');
    await ada.close();
    const phone = await openAs('phone', got);
    const log = phone.site(garden.id)?.log('chat') ?? assert.fail('the site');
    for await (const { value } of log.entries()) {
      assert.equal(value, 'after the key changed');
      break;
    }
  });
});

test('[D6] what a device could open is told before it is revoked', () => {
  scene(9, async ({ ada, machine }) => {
    const garden = await ada.found({ title: 'Garden', logs: ['chat'] });
    const lost = await machine('lost').open({ secret: await ada.secret() });
    const desk = await ada.deviceDesk();
    const seen = await desk.preview(lost.device);
    assert.deepEqual(
      seen.sites.map(({ site, isAdmin }) => [site, isAdmin]),
      [[garden.id, true]],
    );
    assert.deepEqual([seen.isHere, seen.others], [true, 1]);
    assert.equal(await refusal(desk.preview(deviceId('00'.repeat(8)))), 'unknown');
  });
});

test('[D3] the picture of a device at another node is refused before anything is sent', () => {
  scene(10, async ({ ada, ask }) => {
    using asking = await ask();
    const link = parsePairLink(asking.link) ?? assert.fail('a link');
    const other = pairLinkText({ ...link, node: key(NOBODY) });
    assert.equal(await refusal((await ada.deviceDesk()).answer(other)), 'wrongPeer');
    assert.equal(parsePairLink(asking.link.slice(0, -4)), null);
    assert.equal(parsePairLink(asking.link.replace('pair', 'join')), null);
  });
});
