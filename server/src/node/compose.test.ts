import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { base64url, hex } from 'copse/internal/base/bytes.ts';
import { realEnv, type Env } from 'copse/internal/base/env.ts';
import { FAULTS } from 'copse/internal/base/fault.ts';
import { lockDirectory } from '../store/lock.ts';
import { openDatabase } from '../store/sqlite.ts';
import { composeNode, type RunningNode } from './compose.ts';
import { readSettings, type Settings } from './settings.ts';

async function withData(task: (data: string) => Promise<void>): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'copse-node-'));
  try {
    await task(join(scratch, 'data'));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function settingsOf(data: string, flags: Readonly<Record<string, unknown>> = {}): Settings {
  return readSettings({ flags: { data, port: 0, ...flags }, environment: {}, file: {} });
}

const start = (data: string, flags = {}, env: Env = realEnv()): Promise<RunningNode> =>
  composeNode(settingsOf(data, flags), env);

const get = (node: RunningNode, path: string): Promise<Response> => fetch(`${node.url}${path}`);

/** That nobody holds the directory any more. */
function assertFree(data: string): void {
  lockDirectory(data)[Symbol.dispose]();
}

test('[N3] a node that has started is healthy, ready, and says who it is', async () => {
  await withData(async (data) => {
    await using node = await start(data);
    assert.equal((await get(node, '/healthz')).status, 200);
    assert.equal((await get(node, '/readyz')).status, 200);
    const said = (await (await get(node, '/node.json')).json()) as { key: string; protocol: number };
    assert.equal(said.key, base64url(node.key));
    assert.equal(said.protocol, 1);
  });
});

test('[N3] the metrics hold figures of every service, and none twice', async () => {
  await withData(async (data) => {
    await using node = await start(data);
    const text = await (await get(node, '/metrics')).text();
    for (const name of [
      'node_rss_bytes',
      'auth_sessions',
      'auth_connections',
      'tail_connections',
      'store_epoch',
    ])
      assert.match(text, new RegExp(`^copse_${name} \\d+$`, 'm'), name);
    const types = text.split('\n').filter((line) => line.startsWith('# TYPE'));
    assert.equal(new Set(types).size, types.length);
  });
});

test('[N3] metrics are for this machine unless the operator says otherwise', async () => {
  await withData(async (data) => {
    const rows = [
      [{}, 200],
      [{ metrics: 'off' }, 404],
      [{ url: 'https://copse.example' }, 404],
      [{ url: 'https://copse.example', metrics: 'all' }, 200],
    ] as const;
    for (const [flags, status] of rows) {
      await using node = await start(data, flags);
      const answer = await fetch(`http://127.0.0.1:${node.port}/metrics`);
      assert.equal(answer.status, status, JSON.stringify(flags));
    }
  });
});

test('[J7] a second node on the same directory is told who has it, and the first one goes on', async () => {
  await withData(async (data) => {
    await using node = await start(data);
    await assert.rejects(
      () => start(data),
      (thrown: Error & { code?: string }) =>
        thrown.code === 'locked' && thrown.message.includes(String(process.pid)),
    );
    assert.equal((await get(node, '/readyz')).status, 200);
  });
});

test('[J8] data of a newer version is refused and not a byte of it changes', async () => {
  await withData(async (data) => {
    await (await start(data)).drain();
    for (const name of ['auth.sqlite', 'tail/journal.sqlite', 'tail/chunks.sqlite']) {
      const path = join(data, name);
      const before = readFileSync(path);
      const newer = openDatabase(path);
      newer.execute('PRAGMA user_version = 1000');
      newer.close();
      const changed = readFileSync(path);
      await assert.rejects(() => start(data), { code: 'newer' }, name);
      assert.deepEqual(readFileSync(path), changed, name);
      assertFree(data);
      writeFileSync(path, before);
    }
    await using node = await start(data);
    assert.equal((await get(node, '/readyz')).status, 200);
  });
});

test('[N2] a port that is in use is a mistake of configuration, and nothing stays open', async () => {
  await withData(async (data) => {
    const other = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() });
    const { port } = other;
    await assert.rejects(
      () => start(data, { port }),
      (thrown: Error & { code?: string }) =>
        thrown.code === 'config' && thrown.message.includes(`port ${port} of 127.0.0.1`),
    );
    assertFree(data);
    await other.stop(true);
    await using node = await start(data, { port });
    assert.equal(node.port, port);
  });
});

test('[G6] a new data directory is for its owner alone, and the key is the same at every start', async () => {
  await withData(async (data) => {
    const first = await start(data);
    const { key } = first;
    await first.drain();
    assert.equal(statSync(data).mode & 0o777, 0o700);
    await using node = await start(data);
    assert.equal(hex(node.key), hex(key));
  });
});

test('[G6] neither the key nor the secret of the first start is in a log line or a figure', async () => {
  await withData(async (data) => {
    const lines: string[] = [];
    const env: Env = {
      ...realEnv(),
      log: (level, event, fields = {}) => void lines.push(JSON.stringify([level, event, fields])),
    };
    const node = await start(data, {}, env);
    const metrics = await (await get(node, '/metrics')).text();
    const secrets = [
      readFileSync(join(data, 'node.key'), 'utf8').trim(),
      base64url(node.setupSecret ?? new Uint8Array()),
      hex(node.setupSecret ?? new Uint8Array()),
    ];
    await node.drain();
    for (const secret of secrets) {
      assert.ok(secret.length > 40);
      assert.ok(!lines.join('\n').includes(secret) && !metrics.includes(secret));
    }
  });
});

test('[T6] draining refuses new connections, closes those that are open with its own code, and frees the data', async () => {
  await withData(async (data) => {
    const node = await start(data);
    const socket = new WebSocket(`ws://127.0.0.1:${node.port}/auth`);
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    const closed = new Promise<number>((resolve) =>
      socket.addEventListener('close', ({ code }) => resolve(code)),
    );
    const drained = node.drain();
    assert.equal(await closed, 4000 + FAULTS.draining.number);
    await drained;
    await node.drain();
    await assert.rejects(() => get(node, '/healthz'));
    assertFree(data);
    assert.equal(existsSync(join(data, 'lock.pid')), false);
  });
});

test('[J4] a log store that cannot be opened leaves nothing open and nobody waiting', async () => {
  await withData(async (data) => {
    await (await start(data)).drain();
    const path = join(data, 'tail', 'chunks.sqlite');
    for (const name of readdirSync(join(data, 'tail')))
      if (name.startsWith('chunks.sqlite-')) rmSync(join(data, 'tail', name));
    writeFileSync(path, 'this is no database, and it is long enough to be looked at as one'.repeat(400));
    await assert.rejects(() => start(data), { code: 'corrupt' });
    assertFree(data);
  });
});
