/**
 * Real chat as `copse import` brings it in (see `ircPath`), again and again until there are so many messages. The
 * first pass is signed and checked as any other. Those that follow carry a signature that nobody looks at: the same
 * authors say the same a day later, and what is measured of them does not depend on it.
 */

import { join } from 'node:path';
import { must } from 'copse/internal/base/assert.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { readMessage } from 'copse/internal/social/message/message.ts';
import { refsOf, RELATION } from 'copse/internal/social/message/refs.ts';
import type { Interest } from 'copse/internal/api/peer.ts';
import type { PeerStore } from 'copse/internal/social/store/store.ts';
import { importLines } from '../../../server/src/peer/import/importer.ts';
import { linesOf, type ImportedLine } from '../../../server/src/peer/import/lines.ts';
import { openPeerStore } from '../../../server/src/store/peer.ts';
import { Draw } from './crowd.ts';
import { env } from './ground.ts';

const DAY_MS = 86_400_000;
const WORDS_ROWS = 4_096;
const PLENTY = 2 ** 40;
/** As the command has them. */
const primitives = nativePrimitives({ threads: true });

/** `COPSE_IRC`, or beside the repository: the Ubuntu channel of Kummerfeld et al. 2019, a JSON object a line. */
function ircPath(): string {
  const beside = join(import.meta.dirname, '../../../../shared/data/irc/ubuntu-train.ndjson.gz');
  return process.env['COPSE_IRC'] ?? beside;
}

export interface Imported {
  readonly signed: Part;
  readonly all: Part;
  /** Microseconds of the processor for the words of a message. */
  readonly wordsCpuUs: number;
  readonly bytes: number;
  /** A sample of what can be asked for, as the messages make it: who writes most comes most. */
  readonly asked: Readonly<Record<'posts' | 'mentions' | 'thread', readonly Interest[]>>;
}

export interface Part {
  readonly count: number;
  readonly ms: number;
  readonly cpuUs: number;
}

export async function importChat(
  path: string,
  count: number,
  note: (line: string) => void,
): Promise<Imported> {
  await using store = openPeerStore({ path, primitives, env });
  let isSigned = true;
  const whole = new Stretch();
  let first: Part | null = null;
  const seen = { any: await primitives.ed25519Sign(new Uint8Array(32).fill(1), new Uint8Array(1)) };
  const signing = {
    ...primitives,
    ed25519Sign: (seed: Uint8Array, message: Uint8Array) =>
      isSigned ? primitives.ed25519Sign(seed, message) : Promise.resolve(seen.any),
    ed25519Verify: (key: Uint8Array, message: Uint8Array, signature: Uint8Array) =>
      isSigned ? primitives.ed25519Verify(key, message, signature) : Promise.resolve(true),
  };
  const onRound = (round: number, lines: number): void => {
    if (round === 1) first = whole.part(lines);
    isSigned = round === 0;
    note(`${lines} lines`);
  };
  const { stored } = await importLines(repeated(ircPath(), count, onRound), {
    store,
    primitives: signing,
    env,
    secret: new Uint8Array(32).fill(7),
    source: 'ubuntu',
    bytesMax: PLENTY,
    progress: () => {},
  });
  if (stored !== count) throw new Error(`${stored} of ${count} were stored`);
  const all = whole.part(count);
  const words = new Stretch();
  while (store.indexWords(WORDS_ROWS));
  const { bytes } = store.totals();
  return {
    signed: first ?? all,
    all,
    wordsCpuUs: words.part(count).cpuUs,
    bytes,
    asked: {
      posts: sample(store, 'posts'),
      mentions: sample(store, 'mentions'),
      thread: sample(store, 'thread'),
    },
  };
}

/** The lines of a file as often as it takes, each time a day later and with ids of their own. */
async function* repeated(
  path: string,
  count: number,
  onRound: (round: number, lines: number) => void,
): AsyncGenerator<ImportedLine> {
  let lines = 0;
  for (let round = 0; lines < count; round++) {
    onRound(round, lines);
    for await (const line of linesOf(path)) {
      if (lines++ === count) return;
      yield round === 0 ? line : again(line, round);
    }
  }
}

function again(line: ImportedLine, round: number): ImportedLine {
  const id = (of: string): string => `${of} ${round}`;
  const { timeMs, replies } = line;
  return { ...line, id: id(line.id), timeMs: timeMs + round * DAY_MS, replies: replies.map(id) };
}

class Stretch {
  readonly #beganMs = performance.now();
  readonly #cpu = process.cpuUsage();

  part(count: number): Part {
    const { user, system } = process.cpuUsage(this.#cpu);
    return { count, ms: performance.now() - this.#beganMs, cpuUs: (user + system) / count };
  }
}

const SAMPLED = 2_000;
const RELATIONS = { posts: RELATION.author, mentions: RELATION.mention, thread: RELATION.thread } as const;

/** Keys of messages that are drawn blindly. */
function sample(store: PeerStore, relation: keyof typeof RELATIONS): readonly Interest[] {
  const draw = new Draw(77);
  const found: Interest[] = [];
  const head = store.head();
  while (found.length < SAMPLED) {
    const [row] = store.at([1 + draw.below(head)]);
    if (row === undefined) continue;
    const message = readMessage(primitives, row.bytes);
    if (message.kind !== KIND.post) continue;
    const ref = refsOf(primitives, message).find(([kind]) => kind === RELATIONS[relation]);
    if (ref !== undefined) found.push({ relation, key: ref.slice(1) });
  }
  must(found[0], 'something can be asked for');
  return found;
}
