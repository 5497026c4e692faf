/**
 * A tail in a process of its own: it shares the journal of a shard with others, of which one serves it, and asks
 * auth in another process (SPEC A18, J14).
 */

import { base64url } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { protocolFloor, protocolVersion } from 'copse/internal/api/version.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { socketTo } from 'copse/internal/native/runtime.ts';

import { lockDirectory } from '../store/lock.ts';
import { Tail } from '../tail/tail.ts';
import { answersMetrics, causeOf, nodeFigures, Speaker, type RunningNode } from './compose.ts';
import { makeDataDirectory } from './data-directory.ts';
import { openIce } from './ice.ts';
import { listen, type Listener } from './listen.ts';
import type { Figure } from './metrics.ts';
import { originRule, publicUrl } from './origins.ts';
import { Pages } from './pages.ts';
import { SHARD } from './open-auth.ts';
import { Process } from './process-figures.ts';
import type { Settings } from './settings.ts';
import { RemoteAuthority } from './shards/authority.ts';
import { journalConnections } from './shards/journal-address.ts';
import { ShardKeeper, type KeeperOptions } from './shards/keeper.ts';
import { readTailKey, type TailKey } from './shards/tail-key.ts';
import { version } from './version.ts';

export async function composeTail(settings: Settings, env: Env): Promise<RunningNode> {
  await using owned = new AsyncDisposableStack();
  const paths = makeDataDirectory(settings.data);
  owned.use(lockDirectory(paths.directory));
  const primitives = nativePrimitives();
  const key = await readTailKey(paths.directory, primitives);
  const connect = journalConnections(settings, env);
  const dial = () => socketTo(`${settings.auth.replace(/^http/, 'ws')}/auth`);
  const authority = owned.use(new RemoteAuthority({ env, primitives, key, dial }));
  const machine = new Process(env);
  const speaker = new Speaker();
  const hall: Hall = { keeper: null };
  const figures = (): readonly Figure[] => [
    ...nodeFigures(machine, settings),
    ...(hall.keeper?.figures() ?? []),
  ];
  const listener = openDoor(settings, env, { key, hall, figures });
  owned.defer(() => listener.stop());
  speaker.listener = listener;
  const url = publicUrl(settings, listener.port);
  const address = `${url.replace(/^http/, 'ws')}/tail`;
  const openTail = tailOpener(settings, env, { authority, primitives, key, speaker });
  const keeper = owned.use(
    new ShardKeeper({
      shard: SHARD,
      node: key.node,
      directory: paths.logs,
      connect,
      env,
      primitives,
      url: address,
      openTail,
      onOwner: (epoch) => {
        if (epoch === null) authority.disown();
        else authority.own({ shard: SHARD, epoch, url: address });
      },
    }),
  );
  hall.keeper = keeper;
  env.log('info', 'node.listening', { url, port: listener.port, version });
  return running(owned.move(), { url, key, listener, keeper, figures });
}

/** Known to the listener before it is made. */
interface Hall {
  keeper: ShardKeeper | null;
}

interface DoorNeeds {
  readonly key: TailKey;
  readonly hall: Hall;
  readonly figures: () => readonly Figure[];
}

function openDoor(settings: Settings, env: Env, { key, hall, figures }: DoorNeeds): Listener {
  const pages = new Pages({
    assets: null,
    node: () => ({ key: base64url(key.node), version, protocol: protocolVersion, protocolFloor }),
    notReady: () => (hall.keeper === null ? 'The process is starting.' : hall.keeper.notReady()),
    figures,
    metrics: answersMetrics(settings),
    secure: settings.url.startsWith('https:'),
  });
  const rule = originRule(settings, settings.port);
  return listen({
    host: settings.host,
    port: settings.port,
    pages,
    doors: {
      '/tail': (socket) => {
        if (hall.keeper !== null) return hall.keeper.door(socket);
        socket.close(new Fault('moved'));
        return { receive() {}, drained() {}, closed() {} };
      },
    },
    // The app comes from the node that runs auth.
    mayConnect: (origin) => origin === settings.auth || rule(origin),
    connectionsMax: settings.connections,
    connectionsPerAddressMax: settings.connectionsPerAddress,
    proxied: settings.proxied,
    onMistake: (where, thrown) => env.log('error', 'node.mistake', { where, cause: causeOf(thrown) }),
  });
}

interface TailNeeds {
  readonly authority: RemoteAuthority;
  readonly primitives: Primitives;
  readonly key: TailKey;
  readonly speaker: Speaker;
}

function tailOpener(settings: Settings, env: Env, needs: TailNeeds): KeeperOptions['openTail'] {
  const { authority, primitives, key, speaker } = needs;
  const ice = openIce(settings, env);
  return (logs) =>
    Tail.open({
      logs,
      authority: (events) => authority.connect(events),
      fanout: speaker,
      primitives,
      env,
      nodeKey: key.node,
      shard: SHARD,
      ice,
      soon: (task) => void setImmediate(task),
      notify: authority.notify(),
    });
}

interface Parts {
  readonly url: string;
  readonly key: TailKey;
  readonly listener: Listener;
  readonly keeper: ShardKeeper;
  readonly figures: () => readonly Figure[];
}

function running(owned: AsyncDisposableStack, { url, key, listener, keeper, figures }: Parts): RunningNode {
  return {
    url,
    port: listener.port,
    key: key.node,
    setupSecret: null,
    figures,
    async drain() {
      listener.refuse();
      await keeper[Symbol.asyncDispose]();
      await owned.disposeAsync();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
