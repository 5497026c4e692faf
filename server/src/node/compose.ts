/**
 * The node in one process: the only place that knows which services there are and where they run. Auth
 * and the tail are linked straight; the tail reaches its peers through the listener, and everything that
 * was opened is closed in the reverse order, also when the start fails half way.
 */

import { base64url } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { diskFloorBytes, feedStaleMs } from 'copse/internal/base/limits.ts';
import { authInternal } from 'copse/internal/api/auth.ts';
import type { NotifyRemote } from 'copse/internal/api/notify.ts';
import { protocolFloor, protocolVersion } from 'copse/internal/api/version.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { direct } from 'copse/internal/link/direct.ts';
import type { Identity } from 'copse/internal/social/handshake-keys.ts';
import type { Strangers } from 'copse/internal/social/strangers/strangers.ts';
import type { Auth } from '../auth/auth.ts';
import { openLogStore } from '../store/log-store-directory.ts';
import type { LogStore } from '../store/log-store.ts';
import { Tail } from '../tail/tail.ts';
import { webAssets } from './assets.ts';
import { AuthDoor } from './auth-door.ts';
import type { BlobDoor } from './blob-door.ts';
import { openCold, type NodeCold } from './cold.ts';
import { NodeWitness } from './cosign/open.ts';
import { freeBytes } from './data-directory.ts';
import type { FileDoor } from './file-door.ts';
import { openFiles } from './files/open.ts';
import { HttpDoor } from './http-door.ts';
import { Possession } from './http-possession.ts';
import { listen, type Door, type Listener } from './listen.ts';
import { isLoopback } from './loopback.ts';
import type { Figure } from './metrics.ts';
import { openAuth, openGround, SHARD } from './open-auth.ts';
import { openNotify } from './open-notify.ts';
import { openPeer } from './open-peer.ts';
import { originRule, ownOrigins, publicUrl } from './origins.ts';
import { openIce } from './ice.ts';
import { Pages } from './pages.ts';
import type { StreetPagesOptions } from './street-pages.ts';
import type { PeerDoor } from './peer-door.ts';
import { Process } from './process-figures.ts';
import { retentionFigures, retentionOf, retentionWords } from './retention.ts';
import type { SealedDoor } from './sealed-door.ts';
import type { Settings } from './settings.ts';
import { version } from './version.ts';
import { OpenAccess, StreamRates, streamToken } from './streams/access.ts';
import { StreamDoor } from './streams/door.ts';

export interface RunningNode extends AsyncDisposable {
  /** The address that people open. */
  readonly url: string;
  readonly port: number;
  readonly key: Key;
  /** For the link of the first start; null when there is an admin (SPEC N5). */
  readonly setupSecret: Uint8Array | null;
  /** What all services say of themselves now. */
  figures(): readonly Figure[];
  /** Says goodbye, acknowledges what was accepted, closes everything (SPEC T6). */
  drain(): Promise<void>;
}

export async function composeNode(settings: Settings, env: Env): Promise<RunningNode> {
  await using owned = new AsyncDisposableStack();
  const ground = await openGround(owned, settings, env);
  const { paths, primitives, node } = ground;
  const http = httpEnds(primitives, env);
  const cold = openCold(settings, { primitives, env, seed: node.seed, node: () => http.origins[0] ?? '' });
  // Its two workers start while the rest is made: half of the time to the first answer.
  const kept = { retention: retentionOf(settings), cold: cold?.store ?? null };
  const opening = adopted(owned, openLogStore({ directory: paths.logs, env, primitives, ...kept }));
  const machine = new Process(env);
  const witness = owned.use(new NodeWitness());
  const figures = (): readonly Figure[] => [
    ...nodeFigures(machine, settings),
    ...[auth, door, peer, tail, logs, notify, streams, witness].flatMap((part) => part.figures()),
    ...(cold?.door.figures() ?? []),
  ];
  const origin = (): string => http.origins[0] ?? '';
  const notify = await openNotify(owned, settings, env, { ...ground, origin });
  const { auth, email } = await openAuth(owned, settings, env, { ...ground, figures, notify, origin });
  const logs = await opening;
  const speaker = new Speaker();
  const tail = owned.use(
    await openTail(settings, { ...ground, auth, logs, cold, speaker, env, notify: notify.remote }),
  );
  const door = new AuthDoor({ auth, node, primitives, env });
  const peer = await openPeer(owned, settings, env, { ...ground, auth, notify });
  const life: Life = { draining: false };
  const { directory } = paths;
  const pages = openPages(settings, env, {
    auth,
    node,
    strangers: peer.strangers,
    figures,
    notReady: () => notReady(life, tail, directory),
    street: { ...peer.street, origin },
  });
  const streams = openStreams(settings, env, { tail, primitives, life, directory, http });
  const tailDoor: Door = (socket) => tail.open(socket);
  const blobs = cold?.door ?? null;
  const files = await openFiles(owned, settings, env, { ...ground, auth, http, life });
  const within = { auth, primitives, life, http, streams, blobs, files };
  const ends = { pages, door, peer: peer.door, tail: tailDoor, ...within };
  const listener = openListener(settings, env, ends);
  owned.defer(() => listener.stop());
  speaker.listener = listener;
  const url = announced(settings, env, listener.port);
  email.listening(url);
  await witness.begin(settings, { path: paths.witness, node: node.publicKey, env, primitives });
  const doors = [door, peer.door];
  return running(owned.move(), { url, node, auth, tail, doors, listener, life, figures });
}

export interface PageNeeds {
  readonly auth: Auth;
  readonly node: Identity;
  readonly strangers: Pick<Strangers, 'open'>;
  readonly figures: () => readonly Figure[];
  readonly notReady: () => string | null;
  /** What everybody may read of the neighbourhood. */
  readonly street: Omit<StreetPagesOptions, 'headers'>;
}

export function openPages(
  settings: Settings,
  env: Env,
  { auth, node, strangers, figures, notReady: why, street }: PageNeeds,
): Pages {
  return new Pages({
    assets: webAssets(),
    node: () => ({
      key: base64url(node.publicKey),
      version,
      protocol: protocolVersion,
      protocolFloor,
      work: strangers.open(null).terms(),
    }),
    notReady: why,
    figures,
    metrics: answersMetrics(settings),
    secure: settings.url.startsWith('https:'),
    log: { log: auth.publicLog(), env },
    oidc: { desk: auth.email, env },
    digest: { end: (token) => auth.endDigest(token) },
    street,
  });
}

/** What is of no service. */
export function nodeFigures(machine: Process, settings: Settings): readonly Figure[] {
  return [
    ...machine.figures(),
    { name: 'nodeVersion', unit: '', value: version },
    { name: 'nodeDiskFree', unit: 'bytes', value: String(freeBytes(settings.data)) },
    ...retentionFigures(settings),
  ];
}

/** Says where the node is found. */
export function announced(settings: Settings, env: Env, port: number): string {
  const url = publicUrl(settings, port);
  env.log('info', 'node.listening', { url, port, version });
  const dropped = retentionWords(settings);
  if (dropped !== null) env.log('info', 'node.retention', { dropped });
  const isPublic = !isLoopback(settings.host) || settings.url !== '';
  if (settings.streams === 'open' && isPublic)
    env.log('warn', 'node.streams', { open: 'everybody who reaches this node may write and delete streams' });
  return url;
}

/** What is still being opened is closed like the rest, whatever fails meanwhile. */
function adopted<T extends AsyncDisposable>(owned: AsyncDisposableStack, opening: Promise<T>): Promise<T> {
  const settled = opening.catch(() => null);
  owned.defer(async () => (await settled)?.[Symbol.asyncDispose]());
  return opening;
}

/** What the tail publishes through; the listener comes later, because it is told of the tail. */
export class Speaker {
  listener: Listener | null = null;

  publish(topic: string, message: Uint8Array<ArrayBuffer>): void {
    this.listener?.publish(topic, message);
  }
}

interface TailParts {
  readonly auth: Auth;
  readonly logs: LogStore;
  readonly cold: NodeCold | null;
  readonly speaker: Speaker;
  readonly primitives: Primitives;
  readonly env: Env;
  readonly node: Identity;
  readonly notify: NotifyRemote | null;
}

function openTail(
  settings: Settings,
  { auth, logs, cold, speaker, primitives, env, node, notify }: TailParts,
): Promise<Tail> {
  return Tail.open({
    logs,
    addresses: cold?.addresses ?? null,
    authority: (events) => direct(authInternal, auth.internal(events), env),
    fanout: speaker,
    primitives,
    env,
    nodeKey: node.publicKey,
    shard: SHARD,
    ice: openIce(settings, env),
    soon: (task) => void setImmediate(task),
    notify,
  });
}

export interface Ends {
  readonly pages: Pages;
  readonly door: AuthDoor;
  readonly peer: PeerDoor;
  readonly tail: Door;
  readonly auth: Auth;
  readonly primitives: Primitives;
  readonly life: Life;
  readonly http: HttpEnds;
  readonly streams: StreamDoor | null;
  readonly blobs: BlobDoor | null;
  readonly files: FileDoor | null;
}

/** What the doors over HTTP share. */
export interface HttpEnds {
  readonly possession: Possession;
  /** Known when it is listened on; no page asks before. */
  origins: readonly string[];
  mayConnect: (origin: string) => boolean;
}

export function httpEnds(primitives: Primitives, env: Env): HttpEnds {
  const possession = new Possession({ primitives, env, origins: () => ends.origins });
  const ends: HttpEnds = { possession, origins: [], mayConnect: () => false };
  return ends;
}

interface StreamNeeds {
  readonly tail: Tail;
  readonly primitives: Primitives;
  readonly life: Life;
  readonly directory: string;
  readonly http: HttpEnds;
}

function openStreams(settings: Settings, env: Env, needs: StreamNeeds): StreamDoor {
  const { tail, primitives, life, directory, http } = needs;
  const { streams, streamRate, streamPollSeconds } = settings;
  return new StreamDoor({
    logs: tail.inside(),
    bearers: tail.bearers(),
    possession: http.possession,
    primitives,
    env,
    origin: () => http.origins[0] ?? '',
    mayConnect: (origin) => http.mayConnect(origin),
    draining: () => life.draining,
    pollMs: streamPollSeconds * 1000,
    access: new OpenAccess(streams, streams === 'token' ? streamToken(directory, env) : ''),
    rates: new StreamRates(env, streamRate),
  });
}

export function openListener(settings: Settings, env: Env, ends: Ends): Listener {
  const { pages, door, peer, tail, auth, primitives, life, http, streams, blobs, files } = ends;
  try {
    const calls = new HttpDoor({
      auth,
      primitives,
      env,
      origins: () => http.origins,
      mayConnect: (origin) => http.mayConnect(origin),
      draining: () => life.draining,
      possession: http.possession,
    });
    const listener = listen({
      host: settings.host,
      port: settings.port,
      pages,
      doors: { '/auth': door.door, '/tail': tail, '/peer': peer.door },
      http: calls,
      ...(streams === null ? {} : { streams }),
      ...(blobs === null ? {} : { blobs }),
      ...(files === null ? {} : { files: { door: files, bodyBytesMax: settings.fileSize } }),
      mayConnect: (origin) => http.mayConnect(origin),
      connectionsMax: settings.connections,
      connectionsPerAddressMax: settings.connectionsPerAddress,
      proxied: settings.proxied,
      onMistake: (where, thrown) => env.log('error', 'node.mistake', { where, cause: causeOf(thrown) }),
    });
    // The port is known only now, and no page asks before.
    http.mayConnect = originRule(settings, listener.port);
    http.origins = ownOrigins(settings, listener.port);
    return listener;
  } catch (cause) {
    const where = `port ${settings.port} of ${settings.host}`;
    throw new Fault('config', `The node cannot listen on ${where}: ${causeOf(cause, 'message')}`, { cause });
  }
}

export function causeOf(thrown: unknown, part: 'message' | 'stack' = 'stack'): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  return part === 'stack' ? (thrown.stack ?? thrown.message) : thrown.message;
}

export function answersMetrics({ metrics, host, url }: Settings): boolean {
  return metrics === 'all' || (metrics === 'local' && isLoopback(host) && url === '');
}

export interface Life {
  draining: boolean;
}

/** Null when the node takes work. */
function notReady(life: Life, tail: Tail, directory: string): string | null {
  if (life.draining) return 'The node is shutting down.';
  const feedAgeMs = Number(tail.figures().find(({ name }) => name === 'tailFeedAge')?.value);
  if (!(feedAgeMs <= feedStaleMs)) return 'The tail has not heard from auth recently.';
  return freeBytes(directory) < diskFloorBytes ? 'The disk is almost full.' : null;
}

interface Parts {
  readonly url: string;
  readonly node: Identity;
  readonly auth: Auth;
  /** Takes leave of its connections; null where there is no tail. */
  readonly tail: Pick<Tail, 'drain'> | null;
  /** Those that are told when the node ends. */
  readonly doors: readonly SealedDoor[];
  readonly listener: Listener;
  readonly life: Life;
  readonly figures: () => readonly Figure[];
}

export function running(owned: AsyncDisposableStack, parts: Parts): RunningNode {
  const { url, node, auth, tail, doors, listener, life, figures } = parts;
  const close = async (): Promise<void> => {
    for (const door of doors) door.close(new Fault('draining'));
    await owned.disposeAsync();
  };
  return {
    url,
    port: listener.port,
    key: node.publicKey,
    setupSecret: auth.setupSecret(),
    figures,
    async drain() {
      if (life.draining) return;
      life.draining = true;
      listener.refuse();
      await tail?.drain();
      await close();
    },
    async [Symbol.asyncDispose]() {
      life.draining = true;
      await close();
    },
  };
}
