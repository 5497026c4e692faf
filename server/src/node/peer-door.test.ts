import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peerApi, type PeerRemote } from 'copse/internal/api/peer.ts';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { bless } from 'copse/internal/capability/blessing.ts';
import { sealedLink } from 'copse/internal/client/auth-session.ts';
import { signKeyOf, type SignKey } from 'copse/internal/client/identity.ts';
import { socketLink } from 'copse/internal/client/socket-link.ts';
import { deviceIdOf, userIdOf } from 'copse/internal/crypto/hash.ts';
import { dial } from 'copse/internal/link/remote.ts';
import { identityOf } from 'copse/internal/social/handshake-keys.ts';
import { peerStage, primitives } from '../../../lab/suites/peer-stage.ts';
import { listen } from './listen.ts';
import { Pages } from './pages.ts';
import { PeerDoor } from './peer-door.ts';

const env = realEnv();
const key = (who: string): Promise<SignKey> => signKeyOf(primitives, primitives.sha256(utf8(who)));
const node = await identityOf(primitives, primitives.sha256(utf8('node')));

interface Guest {
  readonly remote: PeerRemote;
  readonly ended: Promise<Fault | null>;
}

interface Ground {
  readonly door: PeerDoor;
  readonly guest: (user: SignKey | null, device: SignKey) => Promise<Guest>;
}

async function withDoor(task: (ground: Ground) => Promise<void>): Promise<void> {
  await using stage = peerStage();
  const { peer } = stage;
  const door = new PeerDoor({ peer, admit: () => Promise.resolve(null), node, primitives, env });
  const pages = new Pages({
    assets: null,
    node: () => ({}),
    notReady: () => null,
    figures: () => [],
    metrics: false,
    secure: false,
  });
  const listener = listen({
    host: '127.0.0.1',
    port: 0,
    pages,
    doors: { '/peer': door.door },
    mayConnect: () => true,
    connectionsMax: 10,
    connectionsPerAddressMax: 10,
    proxied: false,
    onMistake: (_where, thrown) => assert.fail(String(thrown)),
  });
  try {
    await task({
      door,
      async guest(user, device) {
        const link = socketLink(() => new WebSocket(`ws://127.0.0.1:${listener.port}/peer`));
        const blessing = user === null ? null : await blessed(user, device);
        const sealed = await sealedLink({ env, primitives, link, node: node.publicKey, device, blessing });
        return dial(peerApi, sealed, { messages: () => {}, caughtUp: () => {} }, env);
      },
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
