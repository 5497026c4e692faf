import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparedShape, peerApi, type PeerRemote } from 'copse/internal/api/peer.ts';
import { equal, utf8 } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { reconcilePeerFrameBytesMax } from 'copse/internal/base/limits-reconcile.ts';
import { strangerCallsBurst } from 'copse/internal/base/limits.ts';
import { bless } from 'copse/internal/capability/blessing.ts';
import { sealedLink } from 'copse/internal/client/auth-session.ts';
import { signKeyOf, type SignKey } from 'copse/internal/client/identity.ts';
import { socketLink } from 'copse/internal/client/socket-link.ts';
import { deviceIdOf, userIdOf } from 'copse/internal/crypto/hash.ts';
import type { Link } from 'copse/internal/link/link.ts';
import { dial } from 'copse/internal/link/remote.ts';
import { list, struct } from 'copse/internal/wire/compound.ts';
import { call } from 'copse/internal/wire/contract.ts';
import { bytes } from 'copse/internal/wire/shape.ts';
import { identityOf } from 'copse/internal/social/handshake-keys.ts';
import { listenWith } from '../../../lab/suites/door-stage.ts';
import { peerStage, primitives } from '../../../lab/suites/peer-stage.ts';
import { strangersAt } from '../../../lab/suites/strangers-stage.ts';
import { openPeerStores } from '../store/peer.ts';
import { PeerDoor } from './peer-door.ts';

const env = realEnv();
const key = (who: string): Promise<SignKey> => signKeyOf(primitives, primitives.sha256(utf8(who)));
const node = await identityOf(primitives, primitives.sha256(utf8('node')));

const QUIET = { messages: () => {}, caughtUp: () => {} };

interface Guest {
  readonly remote: PeerRemote;
  readonly ended: Promise<Fault | null>;
}

interface Ground {
  readonly door: PeerDoor;
  /** From now on the peer exchanges messages with the node that has this key. */
  readonly exchangesWith: (other: Key) => void;
  readonly link: (user: SignKey | null, device: SignKey) => Promise<Link>;
  readonly guest: (user: SignKey | null, device: SignKey) => Promise<Guest>;
}

async function withDoor(task: (ground: Ground) => Promise<void>): Promise<void> {
  const { store, strangers: rows } = openPeerStores({ path: ':memory:', primitives, env });
  await using stage = peerStage({ env, store });
  const { peer } = stage;
  const knows = (): Promise<boolean> => Promise.resolve(false);
  using strangers = strangersAt(stage, rows, { node: node.publicKey, knows, isAdmin: knows });
  const door = new PeerDoor({ peer, strangers, admit: () => Promise.resolve(null), node, primitives, env });
  const listener = listenWith({ '/peer': door.door });
  try {
    const sealed = async (user: SignKey | null, device: SignKey): Promise<Link> => {
      const link = socketLink(() => new WebSocket(`ws://127.0.0.1:${listener.port}/peer`));
      const blessing = user === null ? null : await blessed(user, device);
      return sealedLink({ env, primitives, link, node: node.publicKey, device, blessing });
    };
    await task({
      door,
      exchangesWith: (other) =>
        peer.host({
          committed: () => {},
          yield: () => 0,
          nodes: () => [],
          payer: (of) => (equal(of, other) ? { key: of, bytesMax: 0 } : null),
        }),
      link: sealed,
      guest: async (user, device) => dial(peerApi, await sealed(user, device), QUIET, env),
    });
  } finally {
    await listener.stop();
  }
}

function blessed(user: SignKey, device: SignKey): Promise<Uint8Array> {
  const issuedMs = env.wallMs();
  const times = { issuedMs, expiresMs: issuedMs + 60_000, serial: 1 };
  return bless(primitives, user.seed, {
    device: device.publicKey,
    audience: node.publicKey,
    scope: 31,
    ...times,
  });
}

test('[Z34] who speaks for a user is cut off when that device or that user ends, and nobody else', async () => {
  await withDoor(async ({ door, guest }) => {
    const [ada, bob] = [await key('ada'), await key('bob')];
    const [phone, laptop, tablet] = [await key('phone'), await key('laptop'), await key('tablet')];
    const [first, second, third] = [
      await guest(ada, phone),
      await guest(ada, laptop),
      await guest(bob, tablet),
    ];
    const stranger = await guest(null, await key('somebody'));
    for (const { remote } of [first, second, third, stranger]) await remote.hello({});
    door.changed({ kind: 'device', device: deviceIdOf(primitives, phone.publicKey), minEpoch: 1 });
    assert.equal((await first.ended)?.code, 'revoked');
    await second.remote.hello({});
    door.changed({ kind: 'user', user: userIdOf(primitives, ada.publicKey), minEpoch: 1 });
    assert.equal((await second.ended)?.code, 'revoked');
    for (const { remote } of [third, stranger]) await remote.hello({});
    door.close(new Fault('draining'));
    assert.equal((await third.ended)?.code, 'draining');
  });
});

test('[Z89, Z90] a stranger has no set filled, and who sends more than a message of a comparison may be is cut off', async () => {
  await withDoor(async ({ link }) => {
    const { compare } = peerApi.calls;
    const of = { relation: 'posts', key: new Uint8Array(16) } as const;
    const loose = {
      ...peerApi,
      calls: {
        compare: call(
          compare.number,
          '',
          struct({ of: list(comparedShape, 9), message: bytes(1 << 19) }),
          compare.answer,
        ),
      },
    };
    const ask = async (size: number): Promise<string> => {
      const { remote, ended } = dial(loose, await link(null, await key('a phone')), QUIET, env);
      const asked = remote.compare({ of: [{ of, fromMs: 0 }], message: new Uint8Array(size).fill(0x61) });
      const fault = await asked.then(
        () => null,
        (thrown: unknown) => (thrown instanceof Fault ? thrown.code : 'none'),
      );
      if (fault === 'forbidden') return fault;
      return (await ended)?.code ?? 'none';
    };
    assert.equal(await ask(100), 'forbidden');
    assert.equal(await ask(reconcilePeerFrameBytesMax + 1), 'tooLarge');
  });
});

test('[Z76] strangers of one address are answered no faster than all of them together may ask', async () => {
  await withDoor(async ({ guest }) => {
    const codes: string[] = [];
    for (const device of ['a phone', 'a laptop']) {
      const { remote } = await guest(null, await key(device));
      for (let at = 0; at < strangerCallsBurst; at++)
        await remote.get({ ids: [] }).catch((thrown: unknown) => {
          codes.push(thrown instanceof Fault ? thrown.code : 'none');
        });
    }
    assert.ok(codes.length > 0 && codes.length <= strangerCallsBurst, String(codes.length));
    assert.deepEqual(new Set(codes), new Set(['tooMany']));
  });
});

test('[Z76] a node that this one exchanges messages with reads as members do, and another one behind its address does not', async () => {
  await withDoor(async ({ guest, exchangesWith }) => {
    const [friend, stranger] = [await key('a friendly node'), await key('a node')];
    exchangesWith(friend.publicKey);
    const asked = async (who: SignKey): Promise<ReadonlySet<string>> => {
      const { remote } = await guest(null, who);
      const codes = new Set<string>();
      for (let at = 0; at < 2 * strangerCallsBurst; at++) {
        const answer = await remote.get({ ids: [] }).then(
          () => 'answered',
          (thrown: unknown) => (thrown instanceof Fault ? thrown.code : 'none'),
        );
        codes.add(answer);
      }
      return codes;
    };
    assert.deepEqual(await asked(friend), new Set(['answered']));
    assert.deepEqual(await asked(stranger), new Set(['answered', 'tooMany']));
  });
});
