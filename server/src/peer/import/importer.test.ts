import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { realEnv } from 'copse/internal/base/env.ts';
import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { openMessage } from 'copse/internal/social/message/message.ts';
import { refOf, RELATION, type Relation } from 'copse/internal/social/message/refs.ts';
import type { PageCursor, PeerStore } from 'copse/internal/social/store/store.ts';
import { openPeerStore } from '../../store/peer.ts';
import { Authors } from './authors.ts';
import { censusOf } from './census.ts';
import { importLines, type Imported } from './importer.ts';
import { linesOf, type ImportedLine } from './lines.ts';

const primitives = nativePrimitives();
const env = realEnv();
const secret = new Uint8Array(32).fill(5);
const SOURCE = 'chat';
const WORDS = ['apt', 'kernel', 'sound', 'grub', 'wifi', 'ubuntu', 'mount', 'thanks', 'ok', 'reboot'];
const NAMES = ['ada', 'bob', 'cy', 'dee', 'eve[away]', 'Ünal', 'f'];

/** Chat as it is: many lines in one minute, some the same, with mentions and several answers. */
function chat(count: number): readonly ImportedLine[] {
  let state = 7;
  const draw = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  return Array.from({ length: count }, (_, at) => ({
    id: `day#${at}`,
    timeMs: 1_100_000_000_000 + 60_000 * Math.floor(at / 20),
    from: NAMES[draw(NAMES.length)]!,
    text:
      draw(10) === 0 ? 'ok' : Array.from({ length: 1 + draw(6) }, () => WORDS[draw(WORDS.length)]).join(' '),
    mentions: draw(3) === 0 ? [...new Set([NAMES[draw(NAMES.length)]!, NAMES[draw(NAMES.length)]!])] : [],
    replies:
      at > 10 && draw(2) === 0
        ? [...new Set([`day#${at - 1 - draw(9)}`, ...(draw(4) === 0 ? [`day#${at - 10}`] : [])])]
        : [],
  }));
}

async function* stream(lines: readonly ImportedLine[]): AsyncGenerator<ImportedLine> {
  yield* lines;
}

function importing(store: PeerStore, lines: AsyncIterable<ImportedLine>): Promise<Imported> {
  const progress = (): void => {};
  return importLines(lines, { store, primitives, env, secret, source: SOURCE, bytesMax: 1 << 26, progress });
}

async function withStore(task: (store: PeerStore, path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'copse-import-'));
  try {
    const path = join(folder, 'messages.sqlite');
    await using store = openPeerStore({ path, primitives, env });
    await task(store, path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Texts of everything that a key leads to, in the order of reading. */
async function all(store: PeerStore, relation: Relation, key: Uint8Array): Promise<readonly string[]> {
  const texts: string[] = [];
  for (let before: PageCursor | null = null; ;) {
    const page = store.page({ refs: [refOf(relation, key)], before, rowsMax: 7, bytesMax: 1 << 20 });
    const last = page.at(-1);
    if (last === undefined) return texts.toReversed();
    for (const { bytes } of page) {
      const message = await openMessage(primitives, bytes);
      assert.notEqual(message, null, 'every message is signed');
      texts.push(message!.text);
    }
    before = last;
  }
}

test('[Z60] what is imported is found as an independent count of the file says: by author, inbox, answers, threads and words', async () => {
  await withStore(async (store, path) => {
    const lines = chat(600);
    const imported = await importing(store, stream(lines));
    while (store.indexWords(100));
    const authors = new Set(lines.map(({ from }) => from));
    const total = (of: 'mentions' | 'replies'): number =>
      lines.reduce((sum, line) => sum + line[of].length, 0);
    assert.deepEqual(imported, {
      lines: 600,
      stored: 600,
      authors: authors.size,
      unlinked: 0,
      cut: 0,
      refused: 0,
    });
    assert.deepEqual(censusOf(path), {
      messages: 600,
      authors: authors.size,
      mentions: total('mentions'),
      replies: total('replies'),
    });
    const keys = new Authors(primitives, { secret, source: SOURCE });
    const textsOf = (holds: (line: ImportedLine) => boolean): readonly string[] =>
      lines.filter(holds).map(({ text }) => text);
    for (const name of authors) {
      const key = await keys.key(name);
      assert.deepEqual(
        await all(store, RELATION.author, key),
        textsOf(({ from }) => from === name),
        name,
      );
      assert.deepEqual(
        await all(store, RELATION.mention, key),
        textsOf(({ mentions }) => mentions.includes(name)),
      );
    }
    const beginning = new Map<string, string>();
    for (const { id, replies } of lines) {
      const [first] = replies;
      beginning.set(id, first === undefined ? id : beginning.get(first)!);
    }
    const ids = await idsOf(store, lines.length);
    for (const [at, { id }] of lines.entries()) {
      if (at % 13 !== 0) continue;
      const key = fromHex(ids[at]!)!;
      assert.deepEqual(
        await all(store, RELATION.reply, key),
        textsOf(({ replies }) => replies.includes(id)),
        id,
      );
      const isOfThread = (line: ImportedLine): boolean => line.id !== id && beginning.get(line.id) === id;
      assert.deepEqual(await all(store, RELATION.thread, key), textsOf(isOfThread), id);
    }
    for (const word of [...WORDS, 'rebo', 'absent']) {
      const found = store.search(word, null, 600).length;
      assert.equal(
        found,
        lines.filter(({ text }) => text.split(' ').some((each) => each.startsWith(word))).length,
        word,
      );
    }
  });
});

/** Ids of the posts in the order in which they arrived. */
async function idsOf(store: PeerStore, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const { bytes } of store.after(0, 2 * count)) {
    const message = await openMessage(primitives, bytes);
    if (message?.kind === KIND.post) ids.push(hex(message.id));
  }
  assert.equal(ids.length, count);
  return ids;
}

test('[Z61] importing again changes nothing, and what was interrupted is gone on with', async () => {
  await withStore(async (store, path) => {
    const lines = chat(700);
    await assert.rejects(importing(store, interrupted(lines, 500)), /the file is gone/);
    const half = censusOf(path);
    assert.ok(half.messages >= 256 && half.messages < 700, String(half.messages));
    const rest = await importing(store, stream(lines));
    assert.equal(rest.stored, 700 - half.messages);
    const whole = censusOf(path);
    assert.deepEqual((await importing(store, stream(lines))).stored, 0);
    assert.deepEqual(censusOf(path), whole);
    assert.equal(whole.messages, 700);
  });
});

async function* interrupted(lines: readonly ImportedLine[], after: number): AsyncGenerator<ImportedLine> {
  yield* lines.slice(0, after);
  throw new Error('the file is gone');
}

test('[Z61] a file is read packed or not; a line that is none is told with its number', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'copse-lines-'));
  const read = async (name: string, bytes: string | Uint8Array): Promise<readonly ImportedLine[]> => {
    writeFileSync(join(folder, name), bytes);
    return Array.fromAsync(linesOf(join(folder, name)));
  };
  try {
    const lines = chat(50);
    const text = lines.map((line) => JSON.stringify({ ...line, time: line.timeMs })).join('\n');
    assert.deepEqual(await read('plain.ndjson', text), lines);
    assert.deepEqual(await read('packed.ndjson.gz', gzipSync(`${text}\n\n`)), lines);
    const rows = [
      ['{', 'no JSON'],
      ['[]', '`time`'],
      ['{"id":"a","time":"never","from":"b","text":""}', '`time`'],
      ['{"id":"","time":1,"from":"b","text":""}', '`id`'],
      ['{"id":"a","time":1,"from":"b","text":3}', '`text`'],
      ['{"id":"a","time":1,"from":"b","text":"","mentions":[1]}', '`mentions`'],
      [`"${'x'.repeat(300_000)}"`, 'too long'],
      [`"${'x'.repeat(3_000_000)}`, 'too long'],
    ] as const;
    for (const [line, why] of rows)
      await assert.rejects(
        read('wrong.ndjson', `${JSON.stringify({ ...lines[0], time: 1 })}\n${line}\n`),
        (thrown) => thrown instanceof Fault && new RegExp(`Line 2: .*${why}`).test(thrown.message),
        line.slice(0, 60),
      );
    await assert.rejects(read('broken.gz', gzipSync(text).subarray(0, 200)), Fault);
    await assert.rejects(read('bytes.ndjson', Uint8Array.of(0xff, 0xfe)), Fault);
    await assert.rejects(Array.fromAsync(linesOf(join(folder, 'absent'))), Fault);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
