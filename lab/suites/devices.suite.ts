/** The facet of devices over a link (SPEC D1-D4, D6): what a pairing lets happen, once, in time and in bounds. */

import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { devicesApi, type DevicesRemote } from 'copse/internal/api/devices.ts';
import { must } from 'copse/internal/base/assert.ts';
import { utf8 } from 'copse/internal/base/bytes.ts';
import {
  handOverMs,
  pairingsPerAddressMax,
  pairingsPerDeviceMax,
  pairingsPerUserMax,
} from 'copse/internal/base/limits.ts';
import { permission } from 'copse/internal/capability/policy.ts';
import { MemoryAccounts } from '../../server/src/store/accounts-memory.ts';
import { ada, bea, garden, refusal, Stage, type Actor, type LinkKind } from './auth-stage.ts';
import { blessingBy, ground, person, type Person } from './people.ts';

const SEALED = utf8('sealed to a key that was checked');
const SHOWN = { exchange: new Uint8Array(32).fill(1), nonce: new Uint8Array(16).fill(2) };
const COMMITMENT = new Uint8Array(32).fill(3);

interface Side {
  readonly actor: Actor;
  readonly devices: DevicesRemote;
}

interface Scene {
  readonly stage: Stage;
  readonly user: (who: Person) => Promise<Side>;
  readonly stranger: (name: string, address?: string) => Promise<Side>;
}

type Check = (title: string, run: (scene: Scene) => Promise<void>) => void;

export function devicesSuite(link: LinkKind): void {
  const check: Check = (title, run) => {
    test(`${title} (${link.name})`, async () => {
      await using stage = await Stage.open({ link, accounts: new MemoryAccounts() });
      const side = (actor: Actor): Side => ({ actor, devices: actor.facet(devicesApi, {}) });
      await run({
        stage,
        async user(who) {
          const actor = await stage.enter(who, { stranger: true });
          await actor.signUp();
          return side(actor);
        },
        async stranger(name, address = '203.0.113.7') {
          return side(await stage.enter(await person(name), { stranger: true, address }));
        },
      });
    });
  };
  pairingCases(check);
  orderCases(check);
  boundCases(check);
  previewCases(check);
}

function begin({ devices }: Side, deviceName = 'Firefox on Linux') {
  return devices.pairBegin({ deviceName, commitment: COMMITMENT });
}

function pairingCases(check: Check): void {
  check('[D1] a device without a user waits, is found by its code and is given something', async (scene) => {
    const fresh = await scene.stranger('Zoe');
    const old = await scene.user(ada);
    const { pairing, code, untilMs } = await begin(fresh);
    match(code, /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/u);
    equal(untilMs, scene.stage.clock.wallMs() + handOverMs);
    const typed = ` ${code.toLowerCase().replace('-', ' ')} `;
    const found = await old.devices.pairFind({ kind: 'code', code: typed });
    deepEqual(
      [found.pairing, found.deviceName, found.device, found.commitment],
      [pairing, 'Firefox on Linux', fresh.actor.who.device.key, COMMITMENT],
    );
    await old.devices.pairMeet({ pairing, ...SHOWN, scanned: true });
    ok(fresh.actor.heard.includes('devices'));
    const met = await fresh.devices.pairLook({ pairing });
    equal(met.scanned, true);
    deepEqual(met.state, { kind: 'met', device: ada.device.key, ...SHOWN });
    await fresh.devices.pairReveal({ pairing, ...SHOWN });
    const { party } = await old.devices.pairRevealed({ pairing });
    deepEqual(party, { device: fresh.actor.who.device.key, ...SHOWN });
    await old.devices.pairGive({ pairing, sealed: SEALED });
    const { state } = await fresh.devices.pairLook({ pairing });
    ok(state.kind === 'given');
    deepEqual(state.sealed, SEALED);
  });

  check('[D4] what was given is answered once', async (scene) => {
    const { fresh, old, pairing } = await met(scene);
    await fresh.devices.pairReveal({ pairing, ...SHOWN });
    await old.devices.pairGive({ pairing, sealed: SEALED });
    equal((await fresh.devices.pairLook({ pairing })).state.kind, 'given');
    equal(await refusal(fresh.devices.pairLook({ pairing })), 'unknown');
    equal(await refusal(old.devices.pairFind({ kind: 'pairing', pairing })), 'unknown');
  });
}

/** Until the old device has answered the new one. */
async function met(scene: Scene) {
  const fresh = await scene.stranger('Zoe');
  const old = await scene.user(ada);
  const { pairing, code } = await begin(fresh);
  await old.devices.pairMeet({ pairing, ...SHOWN, scanned: false });
  return { fresh, old, pairing, code };
}

function orderCases(check: Check): void {
  check('[D2] a key is revealed once, and to nobody before somebody has shown his', async (scene) => {
    const fresh = await scene.stranger('Zoe');
    const { pairing } = await begin(fresh);
    equal(await refusal(fresh.devices.pairReveal({ pairing, ...SHOWN })), 'stale');
    const old = await scene.user(ada);
    await old.devices.pairMeet({ pairing, ...SHOWN, scanned: false });
    equal((await old.devices.pairRevealed({ pairing })).party, null);
    equal(await refusal(old.devices.pairGive({ pairing, sealed: SEALED })), 'stale');
    await fresh.devices.pairReveal({ pairing, ...SHOWN });
    equal(await refusal(fresh.devices.pairReveal({ pairing, ...SHOWN })), 'used');
  });

  check('[D4] one device answers: a second approval is refused', async (scene) => {
    const { old, pairing } = await met(scene);
    const eve = await scene.user(bea);
    equal(await refusal(eve.devices.pairMeet({ pairing, ...SHOWN, scanned: false })), 'taken');
    equal(await refusal(old.devices.pairMeet({ pairing, ...SHOWN, scanned: false })), 'taken');
    equal(await refusal(eve.devices.pairRevealed({ pairing })), 'unknown');
    equal(await refusal(eve.devices.pairGive({ pairing, sealed: SEALED })), 'unknown');
    equal(await refusal(eve.devices.pairDeny({ pairing })), 'unknown');
  });

  check('[D4] it is given once', async (scene) => {
    const { fresh, old, pairing } = await met(scene);
    await fresh.devices.pairReveal({ pairing, ...SHOWN });
    await old.devices.pairGive({ pairing, sealed: SEALED });
    equal(await refusal(old.devices.pairGive({ pairing, sealed: utf8('another') })), 'stale');
    equal(await refusal(old.devices.pairDeny({ pairing })), 'used');
  });

  check('[D4] a device that is sent away gets nothing', async (scene) => {
    const { fresh, old, pairing, code } = await met(scene);
    await old.devices.pairDeny({ pairing });
    equal((await fresh.devices.pairLook({ pairing })).state.kind, 'denied');
    equal(await refusal(old.devices.pairGive({ pairing, sealed: SEALED })), 'unknown');
    equal(await refusal(old.devices.pairFind({ kind: 'code', code })), 'unknown');
  });

  check('[D4] a device that waits no longer is not found', async (scene) => {
    const { fresh, old, pairing, code } = await met(scene);
    await fresh.devices.pairCancel({ pairing });
    equal(await refusal(old.devices.pairRevealed({ pairing })), 'unknown');
    equal(await refusal(old.devices.pairFind({ kind: 'code', code })), 'unknown');
  });

  check('[D1] a pairing answers to the device that began it, and only users let in', async (scene) => {
    const { pairing } = await met(scene);
    const eve = await scene.stranger('Eve');
    equal(await refusal(eve.devices.pairLook({ pairing })), 'unknown');
    equal(await refusal(eve.devices.pairReveal({ pairing, ...SHOWN })), 'unknown');
    equal(await refusal(eve.devices.pairCancel({ pairing })), 'unknown');
    equal(await refusal(eve.devices.pairFind({ kind: 'pairing', pairing })), 'forbidden');
    equal(await refusal(eve.devices.pairMeet({ pairing, ...SHOWN, scanned: true })), 'forbidden');
  });

  check('[D1] a device that is blessed for less lets nobody in', async (scene) => {
    const fresh = await scene.stranger('Zoe');
    await scene.user(ada);
    const blessing = await blessingBy(ada, scene.stage.clock.wallMs(), { scope: permission.read });
    const less = (await scene.stage.enter(ada, { blessing })).facet(devicesApi, {});
    const { pairing } = await begin(fresh);
    equal(await refusal(less.pairFind({ kind: 'pairing', pairing })), 'forbidden');
    equal(await refusal(less.pairMeet({ pairing, ...SHOWN, scanned: true })), 'forbidden');
  });
}

function boundCases(check: Check): void {
  check('[D4] after ten minutes it is over', async (scene) => {
    const { fresh, old, pairing, code } = await met(scene);
    await fresh.devices.pairReveal({ pairing, ...SHOWN });
    scene.stage.clock.advance(handOverMs);
    equal(await refusal(old.devices.pairGive({ pairing, sealed: SEALED })), 'unknown');
    equal(await refusal(fresh.devices.pairLook({ pairing })), 'unknown');
    equal(await refusal(old.devices.pairFind({ kind: 'code', code })), 'unknown');
  });

  check('[D4] pairings are bounded per device and per address', async (scene) => {
    const fresh = await scene.stranger('Zoe', '198.51.100.1');
    for (let n = 0; n < pairingsPerDeviceMax; n++) await begin(fresh);
    equal(await refusal(begin(fresh)), 'tooMany');
    for (let n = pairingsPerDeviceMax; n < pairingsPerAddressMax; n++) {
      await begin(await scene.stranger(`Zoe ${n}`, '198.51.100.1'));
    }
    equal(await refusal(begin(await scene.stranger('Yan', '198.51.100.1'))), 'tooMany');
    await begin(await scene.stranger('Yan', '198.51.100.2'));
    scene.stage.clock.advance(handOverMs);
    await begin(fresh);
  });

  check('[D4] a user lets in so many at once', async (scene) => {
    const old = await scene.user(ada);
    const meet = async (n: number): Promise<void> => {
      const { pairing } = await begin(await scene.stranger(`Zoe ${n}`, `198.51.100.${n}`));
      await old.devices.pairMeet({ pairing, ...SHOWN, scanned: false });
    };
    for (let n = 0; n < pairingsPerUserMax; n++) await meet(n);
    equal(await refusal(meet(pairingsPerUserMax)), 'tooMany');
  });

  check('[D4] what is no code finds nothing', async (scene) => {
    const old = await scene.user(ada);
    const { code } = await begin(await scene.stranger('Zoe'));
    const other = code.startsWith('0') ? `1${code.slice(1)}` : `0${code.slice(1)}`;
    for (const typed of ['', 'ABCD', other, `${code}0`, 'ÄÖÜÄ-ÖÜÄÖ']) {
      equal(await refusal(old.devices.pairFind({ kind: 'code', code: typed })), 'unknown');
    }
    notEqual((await old.devices.pairFind({ kind: 'code', code })).pairing.length, 0);
  });

  check('[G6, D4] no line of the log says anything of a pairing', async (scene) => {
    const { code } = await met(scene);
    const lines = scene.stage.clock.lines.join('\n');
    for (const secret of [code, code.replace('-', ''), 'Firefox']) ok(!lines.includes(secret));
  });
}

function previewCases(check: Check): void {
  check('[D6] the preview of a revocation is what is due after it', async (scene) => {
    const { actor, devices } = await scene.user(ada);
    const phone = await person('Ada', 'telephone');
    const there = await scene.stage.enter(phone, {});
    await there.remote.whoami({});
    const site = await actor.found(garden);
    const of = await ground('a site where she is no admin');
    const host = await scene.user(bea);
    await host.actor.found(of);
    await actor.join(await host.actor.invite(of.site, 'for Ada', { permissions: 3 }));
    const before = await devices.revokePreview({ device: phone.deviceId });
    const rows = before.sites.toSorted((a, b) => a.members - b.members);
    deepEqual(rows, [
      { site, members: 1, isAdmin: true },
      { site: of.site, members: 2, isAdmin: false },
    ]);
    deepEqual([before.isHere, before.others, before.statements], [true, 1, 0]);
    const keys = scene.stage.accounts.keys;
    deepEqual(await keys.due(ada.userId, null, 10), []);
    await actor.remote.revokeDevice({ device: phone.deviceId });
    const due = await keys.due(ada.userId, null, 10);
    deepEqual(new Set(due.map((row) => row.site)), new Set(before.sites.map((row) => row.site)));
    equal(await refusal(devices.revokePreview({ device: phone.deviceId })), 'unknown');
  });

  check('[D6] nobody sees what another’s device could open', async (scene) => {
    await scene.user(ada);
    const eve = await scene.user(bea);
    equal(await refusal(eve.devices.revokePreview({ device: ada.deviceId })), 'unknown');
    const { devices } = await scene.stranger('Zoe');
    equal(await refusal(devices.revokePreview({ device: ada.deviceId })), 'forbidden');
    must(await scene.stage.accounts.people.device(ada.deviceId), 'her device');
  });
}
