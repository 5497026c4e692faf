/**
 * `npm run judge -- tlog`: the log of a node (SPEC M1-M4, M13) against the public Merkle vectors and against Go's
 * golang.org/x/mod/sumdb/{tlog,note}, which read a running node over HTTP (`tlog.go`). Each failing case is a
 * line; the last line is `N passed, N failed`.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryKeep, openCopse } from 'copse';
import { base64url, utf8 } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { key } from 'copse/internal/base/ids.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { cosign, logKey } from 'copse/internal/transparency/checkpoint.ts';
import { consistencyRanges, inclusionRanges } from 'copse/internal/crypto/merkle.ts';
import { base64, readNote, writeKey, type NamedKey } from 'copse/internal/transparency/note.ts';
import { NodeLog } from '../../server/src/auth/node-log.ts';
import { dataPaths } from '../../server/src/node/data-directory.ts';
import { nodeSeed as seedIn } from '../../server/src/node/node-key.ts';
import { openSqliteTlog } from '../../server/src/store/tlog-sqlite.ts';
import { vectorsFolder } from './crypto-vectors.ts';
import { program } from './published.ts';
import { judgeVectors } from './tlog-vectors.ts';
import { add, check, conclude } from './tally.ts';

interface Started {
  readonly url: string;
  readonly setup: string;
}

/** Three levels of tiles, each with a full and a partial one. */
const LEAVES = 66_500;
const EARLY = [1, 2, 255, 256, 257, 1_000, 65_536, 65_537];
const PACKAGES = ['golang', 'golang-golang-x-mod-dev'];
/** Where Debian puts the sources of Go packages. */
const GO_ENVIRONMENT = { GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '' };
const env = realEnv();
const primitives = nativePrimitives();

judgeVectors(vectorsFolder(), check);
const scratch = mkdtempSync(join(tmpdir(), 'copse-judge-tlog-'));
try {
  const judge = buildGo(scratch);
  if (judge === null) check(false, `Go's sumdb is missing: apt-get install ${PACKAGES.join(' ')}`);
  else await judgeNode(judge);
} catch (thrown) {
  check(
    false,
    `a running node: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`,
  );
} finally {
  rmSync(scratch, { recursive: true });
}
conclude();

/** The judge as a program, or null when there is no Go with its packages and none can be had. */
function buildGo(folder: string): string | null {
  const program = join(folder, 'tlog');
  const build = (): boolean =>
    spawnSync('go', ['build', '-o', program, join(import.meta.dirname, 'tlog.go')], {
      env: { ...process.env, ...GO_ENVIRONMENT, GOCACHE: join(folder, 'cache') },
      stdio: ['ignore', 'ignore', 'inherit'],
    }).status === 0;
  if (build()) return program;
  if (process.getuid?.() !== 0) return null;
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...PACKAGES]]) {
    spawnSync('apt-get', args, {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
  return build() ? program : null;
}

/** Proofs that we make, and the checkpoints that they are about. */
interface Work {
  readonly inclusion: readonly object[];
  readonly growth: readonly object[];
  readonly now: string;
  readonly cosigner: string;
  readonly logKey: string;
}

async function judgeNode(judge: string): Promise<void> {
  const data = join(scratch, 'data');
  const notes = await fill(data);
  const node = Bun.spawn([...program, 'serve', '--data', data, '--port', '0', '--json'], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'ignore',
  });
  try {
    const started = await firstLine(node.stdout);
    await claimLive(started);
    const work = await workOf(data, notes);
    const ran = spawnSync(judge, {
      input: JSON.stringify({ url: started.url, ...work }),
      maxBuffer: 1 << 28,
    });
    if (ran.status !== 0) throw new Error(ran.stderr.toString());
    const { passed, failures } = JSON.parse(ran.stdout.toString()) as { passed: number; failures: string[] };
    console.log(`Go's tlog and note on a running node: ${passed} of ${passed + failures.length} facts`);
    add(passed, failures);
  } finally {
    node.kill('SIGTERM');
    await node.exited;
  }
}

/** A data directory whose log has many leaves; answers the checkpoints that were signed on the way. */
async function fill(data: string): Promise<readonly string[]> {
  mkdirSync(data, { mode: 0o700 });
  const seed = seedIn(data, env);
  const node = key(await primitives.ed25519PublicKey(seed));
  await using tlog = openSqliteTlog(dataPaths(data).nodeLog, primitives);
  await using log = await NodeLog.open({ tlog, primitives, env, nodeSeed: seed, node });
  const notes: string[] = [];
  for (const size of [...EARLY, LEAVES]) {
    while (tlog.size < size) {
      const count = Math.min(4_000, size - tlog.size);
      const first = tlog.size;
      await Promise.all(
        Array.from({ length: count }, (_, i) => {
          const user = key(primitives.sha256(utf8(`user ${first + i}`)));
          const body = { kind: 'claim', user, namespace: 'judge', name: `n${first + i}`, number: 0 } as const;
          return log.add({ body, email: null });
        }),
      );
    }
    notes.push(log.note.text);
  }
  return notes;
}

/** What a person does while the node runs. */
async function claimLive({ url, setup }: Started): Promise<void> {
  await using copse = await openCopse(setup, { name: 'Judge', keep: new MemoryKeep() });
  const names = await copse.names();
  for (const name of ['Ada', 'Bea', 'Cleo']) {
    const answer = await names.claim('people', name);
    check(answer.kind === 'ok', `${name} at ${url}`);
  }
}

/** Reads the log beside the running node, which has it open too. */
async function workOf(data: string, notes: readonly string[]): Promise<Work> {
  const seed = seedIn(data, env);
  const node = key(await primitives.ed25519PublicKey(seed));
  await using tlog = openSqliteTlog(dataPaths(data).nodeLog, primitives);
  await using log = await NodeLog.open({ tlog, primitives, env, nodeSeed: seed, node });
  const { size } = tlog;
  const coded = (hashes: readonly Uint8Array[]): readonly string[] => hashes.map(base64);
  const inclusion: object[] = [];
  for (const [index, of] of placesIn(size)) {
    const [leaf = new Uint8Array(0)] = await tlog.leaves([index]);
    const hashes = coded(await log.hashesOf(inclusionRanges(index, of)));
    inclusion.push({ index, size: of, leaf: base64(leaf), hashes });
  }
  const growth: object[] = [];
  for (const [i, note] of notes.entries()) {
    const old = EARLY[i] ?? LEAVES;
    growth.push({ note, size, hashes: coded(await log.hashesOf(consistencyRanges(old, size))) });
  }
  const cosignerSeed = env.random(32);
  const by: NamedKey = {
    name: 'witness.example/judge',
    kind: 'cosignature',
    key: key(await primitives.ed25519PublicKey(cosignerSeed)),
  };
  const { text } = readNote(log.note.text);
  const line = await cosign(primitives, cosignerSeed, by, { text, timeS: 1_800_000_000 });
  const words = { cosigner: writeKey(primitives, by), logKey: writeKey(primitives, logKey(node)) };
  check(words.logKey.includes(base64url(node)), 'the log is named by the key of its node');
  return { inclusion, growth, now: log.note.text + line, ...words };
}

/** Leaves at the edges of tiles and of trees, and some between. */
function placesIn(size: number): readonly (readonly [number, number])[] {
  const sizes = [1, 2, 3, 255, 256, 257, 65_535, 65_536, 65_537, size];
  return sizes.flatMap((of) => {
    const indices = [0, 1, 254, 255, 256, 65_535, 65_536, of - 1, Math.floor(of / 2), Math.floor(of / 3)];
    return [...new Set(indices)].filter((index) => index < of).map((index) => [index, of] as const);
  });
}

/** What `serve --json` says when it listens. */
async function firstLine(stdout: ReadableStream<Uint8Array>): Promise<Started> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes('\n')) return JSON.parse(text.slice(0, text.indexOf('\n'))) as Started;
  }
  throw new Error('the node did not start');
}
