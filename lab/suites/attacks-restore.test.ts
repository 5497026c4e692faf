/**
 * A node that was set back to an old backup (SPEC K8): what was taken back since then does not come to life
 * again in silence. Accounts are real files here, copied as a backup copies them; time is simulated.
 */

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import type { DeviceId, UserId } from 'copse/internal/base/ids.ts';
import type { Copse } from 'copse/internal/client/copse.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';
import { World } from '../sim/world.ts';
import { SimMachine } from './sim-machine.ts';
import { play, SimNode, sleep } from './sim-node.ts';

/** A node whose accounts can be set back. */
class SetBack implements AsyncDisposable {
  readonly world: World;
  readonly node: SimNode;
  readonly machines: SimMachine[] = [];
  readonly #directory = mkdtempSync(join(tmpdir(), 'copse-restore-'));
  #copies = 0;
  #accounts: SqliteAccounts;

  constructor(seed: number) {
    this.world = new World(seed);
    this.node = new SimNode(this.world);
    this.#accounts = this.#open('accounts.sqlite');
  }

  get accounts(): SqliteAccounts {
    return this.#accounts;
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }

  #open(name: string): SqliteAccounts {
    const accounts = SqliteAccounts.open({
      path: this.#path(name),
      schedule: (task) => void this.world.at(0, task),
    });
    this.node.otherAccounts = accounts;
    return accounts;
  }

  machine(name: string): SimMachine {
    const machine = new SimMachine(this.world, this.node, name);
    this.machines.push(machine);
    return machine;
  }

  /** The accounts as they are, in a file beside them. */
  async backUp(): Promise<string> {
    const copy = `backup-${++this.#copies}.sqlite`;
    await this.#restartOn('accounts.sqlite', () => {
      copyFileSync(this.#path('accounts.sqlite'), this.#path(copy));
    });
    return copy;
  }

  async restore(copy: string): Promise<void> {
    await this.#restartOn(copy, () => {});
  }

  async #restartOn(name: string, between: () => void): Promise<void> {
    await this.node.stop();
    await sleep(this.world, 1000);
    await this.#accounts[Symbol.asyncDispose]();
    between();
    this.#accounts = this.#open(name);
    await this.node.start();
    await sleep(this.world, 5000);
  }

  async eventually(what: string, ask: () => Promise<boolean> | boolean): Promise<void> {
    const endMs = this.world.nowMs + 120_000;
    while (!(await ask())) {
      if (this.world.nowMs > endMs) throw new Error(`not in time: ${what}`);
      await sleep(this.world, 20);
    }
  }

  async isInUse(user: UserId, device: DeviceId): Promise<boolean> {
    return (await this.accounts.keys.devicesOf(user)).some((row) => row.device === device);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const machine of this.machines) await machine.close();
    await this.#accounts[Symbol.asyncDispose]();
    rmSync(this.#directory, { recursive: true });
  }
}

function scene(seed: number, act: (at: SetBack) => Promise<void>): void {
  const at = new SetBack(seed);
  play(at.world, async () => {
    await at.node.start();
    await act(at);
    await at[Symbol.asyncDispose]();
  });
}

function isAlarmed(copse: Copse): boolean {
  return copse.alarm.get()?.code === 'fork';
}

test('[K8] a device that was ended is ended again on a node that has forgotten it, and its owner is told', () => {
  for (const seed of [1, 2, 3]) {
    scene(seed, async (at) => {
      const ada = await at.machine('laptop').open({ name: 'Ada' });
      const phone = at.machine('phone');
      const stolen = await phone.open({ secret: await ada.secret() });
      const { device } = stolen;
      await at.eventually('the phone', () => at.isInUse(ada.user, device));
      const copy = await at.backUp();
      assert.ok(await at.isInUse(ada.user, device));
      await ada.revokeDevice(device);
      await phone.close();
      await sleep(at.world, at.world.chance.unit() * 1000);
      assert.equal(ada.alarm.get(), null);
      await at.restore(copy);
      await at.eventually('its second end', async () => !(await at.isInUse(ada.user, device)));
      await at.eventually('the alarm', () => isAlarmed(ada));
      // It stays, also on the next start of the application.
      await at.machines[0]?.close();
      const again = (await at.machines[0]?.open({})) ?? assert.fail('the laptop');
      await at.eventually('the alarm after a restart', () => isAlarmed(again));
      await again.close();
    });
  }
});

test('[K8] members notice a node that has forgotten the key after a removal, also those who caused nothing', () => {
  for (const seed of [4, 5, 6]) {
    scene(seed, async (at) => {
      const ada = await at.machine('ada').open({ name: 'Ada' });
      const garden = await ada.found({ title: 'Garden', logs: ['chat'] });
      const [bob, cleo] = [
        await at.machine('bob').open({ name: 'Bob' }),
        await at.machine('cleo').open({ name: 'Cleo' }),
      ];
      for (const guest of [bob, cleo]) await guest.join(await garden.invite());
      const hasKeys = async (): Promise<boolean> => {
        const roster = await at.accounts.keys.roster(garden.id, false, null, 9);
        return roster.length === 3;
      };
      await at.eventually('the keys of all', hasKeys);
      const copy = await at.backUp();
      const held = (await garden.whoHolds()).filter(({ user }) => user === cleo.user);
      for (const { via } of held) await garden.revoke(via);
      await at.eventually('the next key', async () => {
        const state = await bob.site(garden.id)?.keyState();
        return state?.epoch === 2;
      });
      await bob.site(garden.id)?.log('chat').append('without Cleo');
      assert.equal(ada.alarm.get(), null);
      assert.equal(bob.alarm.get(), null);
      await at.restore(copy);
      assert.equal((await at.accounts.sites.site(garden.id))?.keyEpoch, 1);
      await at.eventually('the alarm of the admin', () => isAlarmed(ada));
      await at.eventually('the alarm of a member', () => isAlarmed(bob));
    });
  }
});

test('[K8] a node that was restarted, and not set back, alarms nobody', () => {
  scene(7, async (at) => {
    const ada = await at.machine('laptop').open({ name: 'Ada' });
    const stolen = await at.machine('phone').open({ secret: await ada.secret() });
    const garden = await ada.found({ title: 'Garden', logs: ['chat'] });
    await at.eventually('the phone', () => at.isInUse(ada.user, stolen.device));
    await ada.revokeDevice(stolen.device);
    await garden.rotate();
    for (let i = 0; i < 3; i++) {
      await at.restore(await at.backUp());
      await sleep(at.world, 60_000);
    }
    assert.equal(ada.alarm.get(), null);
    assert.equal(await at.isInUse(ada.user, stolen.device), false);
  });
});
