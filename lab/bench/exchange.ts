/**
 * A node that visits another one which has the same messages but a hundred that the visitor lacks, over the real door and a
 * socket: bytes on the wire and CPU of both, until the hundred are durable at the visitor. Beside it the same by
 * pages, as for a node that does not compare: everybody's newest five hundred.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hex, utf8 } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { peerApi } from 'copse/internal/api/peer.ts';
import { bless } from 'copse/internal/capability/blessing.ts';
import { sealedLink } from 'copse/internal/client/auth-session.ts';
import { socketLink } from 'copse/internal/client/socket-link.ts';
import type { Link } from 'copse/internal/link/link.ts';
import { dial } from 'copse/internal/link/remote.ts';
import { identityOf } from 'copse/internal/social/handshake-keys.ts';
import { Peer } from 'copse/internal/social/peer/peer.ts';
import { refOfInterest } from 'copse/internal/social/peer/interests.ts';
import { CatchingUp } from '../../server/src/peer/exchange/catching-up.ts';
import type { CompareCounts } from '../../server/src/peer/exchange/comparing.ts';
import { interestsOf, type Target } from '../../server/src/peer/exchange/fetching.ts';
import { Intake } from '../../server/src/peer/exchange/intake.ts';
import { ExchangeStore } from '../../server/src/store/exchange.ts';
import { openPeerStore } from '../../server/src/store/peer.ts';
import { authors, fillStreet, keyOf, primitives } from './exchange-ground.ts';
import type { Bench, Figure } from './figure.ts';

const MISSING = 100;
const env = realEnv();

export const exchangeBench: Bench = {
  name: 'exchange',
  async run(options) {
    const count = options.quick ? 20_000 : 100_000;
    await using visited = new Visited(count);
    const port = await visited.line();
    const [compared, paged] = [
      await visit(visited, { port, count, compares: true }),
      await visit(visited, { port, count, compares: false }),
    ];
    options.note(
      `compared ${compared.counts.compared} messages in ${(compared.counts.bytes / 1000).toFixed(1)} kB; ${compared.calls} calls, by pages ${paged.calls}`,
    );
    const what = `two nodes share ${count} messages, ${MISSING} are missing at the visitor`;
    const figure = (name: string, unit: string, of: (visit: Visit) => number): Figure => ({
      name: `${what}, ${name}`,
      unit,
      value: of(compared),
      spread: [of(compared), of(compared)],
      cpuPerOp: null,
      rivals: { 'by pages': of(paged) },
      rssMb: null,
    });
    return [
      figure('on the wire, both ways', 'kB', ({ bytes }) => bytes / 1000),
      figure('CPU of the visitor', 'ms', ({ visitorMs }) => visitorMs),
      figure('CPU of the visited', 'ms', ({ visitedMs }) => visitedMs),
    ];
  },
};

/** The other node, in a process of its own. */
class Visited implements AsyncDisposable {
  readonly #child;
  readonly #lines: AsyncIterator<string>;

  constructor(count: number) {
    const program = join(import.meta.dirname, 'exchange-process.ts');
    this.#child = spawn(process.execPath, ['--conditions=copse-source', program, String(count)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async line(): Promise<number> {
    return Number((await this.#lines.next()).value);
  }

  /** What it has used of the processor since it was asked last. */
  usedMs(): Promise<number> {
    this.#child.stdin.write('\n');
    return this.line();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin.end();
    await ended;
  }
}

interface Visit {
  readonly bytes: number;
  readonly calls: number;
  readonly visitorMs: number;
  readonly visitedMs: number;
  readonly counts: CompareCounts;
}

async function visit(
  visited: Visited,
  { port, count, compares }: { readonly port: number; readonly count: number; readonly compares: boolean },
): Promise<Visit> {
  await using owned = new AsyncDisposableStack();
  const { peer, scratch } = await visitor(owned, count);
  const store = owned.use(new ExchangeStore(join(scratch, 'exchange')));
  const node = (await identityOf(primitives, primitives.sha256(utf8('visited')))).publicKey;
  const targets: Target[] = (await authors()).map(({ publicKey }) => ({ kind: 'user', id: publicKey }));
  const asked = new Set(targets.flatMap(interestsOf).map((interest) => hex(refOfInterest(interest))));
  const intake = new Intake({ peer, node, bytesMax: Number.MAX_SAFE_INTEGER, heard: () => {} });
  const counts = { compared: 0, missing: 0, bytes: 0 };
  // Everybody was fetched before, and then something was missed.
  if (compares)
    store.together(() => {
      for (const { id } of targets) store.setFilled(node, id, 0);
      store.setDue(node);
    });
  const wire = new Wire(socketLink(() => new WebSocket(`ws://127.0.0.1:${port}/peer`)));
  const dialed = await member(wire, node);
  owned.defer(() => dialed.close());
  const { remote } = dialed;
  await remote.hello({});
  const catchingUp = new CatchingUp({
    env,
    peer,
    store,
    node,
    remote,
    intake,
    asked,
    counts,
    compares,
    onHave: () => {},
  });
  await visited.usedMs();
  const [before, bytesBefore, callsBefore] = [process.cpuUsage(), wire.bytes, wire.sent];
  while (await catchingUp.step(targets));
  const { user, system } = process.cpuUsage(before);
  if (peer.options.store.totals().messages !== count) throw new Error('not all that was missing is here');
  return {
    bytes: wire.bytes - bytesBefore,
    calls: wire.sent - callsBefore,
    visitorMs: (user + system) / 1000,
    visitedMs: await visited.usedMs(),
    counts,
  };
}

/** A node that lacks a hundred messages. */
async function visitor(
  owned: AsyncDisposableStack,
  count: number,
): Promise<{ readonly peer: Peer; readonly scratch: string }> {
  const scratch = mkdtempSync(join(tmpdir(), 'copse-bench-visitor-'));
  owned.defer(() => rmSync(scratch, { recursive: true, force: true }));
  const messages = openPeerStore({ path: join(scratch, 'messages'), primitives, env });
  const every = count / MISSING;
  await fillStreet(messages, count, (n) => n % every === Math.floor(n / every) % every);
  const peer = owned.use(
    new Peer({
      store: messages,
      primitives,
      env,
      standing: async () => ({ kind: 'stranger' }),
      bytesMax: Number.MAX_SAFE_INTEGER,
      soon: (task) => void setImmediate(task),
    }),
  );
  return { peer, scratch };
}

/** A connection as a user of that node has it: the rate of strangers is not what is measured. */
async function member(link: Link, node: Key) {
  const [user, device] = [await keyOf('visitor'), await keyOf('visitor, device')];
  const issuedMs = env.wallMs();
  const blessing = await bless(primitives, user.seed, {
    device: device.publicKey,
    audience: node,
    scope: 31,
    issuedMs,
    expiresMs: issuedMs + 3_600_000,
    serial: 1,
  });
  const sealed = await sealedLink({ env, primitives, link, node, device, blessing });
  return dial(peerApi, sealed, { messages: () => {}, caughtUp: () => {} }, env);
}

/** Counts what goes over a link, sealed as it is. */
class Wire implements Link {
  readonly #link: Link;
  bytes = 0;
  sent = 0;

  constructor(link: Link) {
    this.#link = link;
  }

  send(message: Uint8Array): void {
    this.bytes += message.length;
    this.sent += 1;
    this.#link.send(message);
  }

  listen(events: Parameters<Link['listen']>[0]): void {
    this.#link.listen({
      ...events,
      onMessage: (message) => {
        this.bytes += message.length;
        events.onMessage(message);
      },
      onClose: (fault) => events.onClose(fault),
    });
  }

  buffered(): number {
    return this.#link.buffered();
  }

  close(...of: Parameters<Link['close']>): void {
    this.#link.close(...of);
  }
}
