import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { realEnv, type Env } from 'copse/internal/base/env.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { openDatabase } from '../../store/sqlite.ts';
import { composeNode } from '../compose.ts';
import { readSettings, type Settings } from '../settings.ts';
import { diagnose } from './doctor.ts';
import type { Finding } from './finding.ts';

const primitives = nativePrimitives();

interface Seen {
  readonly findings: readonly Finding[];
  readonly skipped: readonly string[];
}

async function examine(settings: Settings, env: Env = realEnv()): Promise<Seen> {
  const [findings, skipped]: [Finding[], string[]] = [[], []];
  for await (const diagnosis of diagnose(settings, env, primitives)) {
    findings.push(...diagnosis.findings);
    if (diagnosis.skipped !== null) skipped.push(diagnosis.name);
  }
  // How many files this machine lets a process open is not the test's to say.
  return { findings: findings.filter(({ where }) => where !== 'open files'), skipped };
}

/** A directory that a node has used and left. */
async function withData(task: (settings: Settings, data: string) => Promise<void>): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'copse-doctor-'));
  const data = join(scratch, 'data');
  try {
    await (await composeNode(settingsOf(data), realEnv())).drain();
    await task(settingsOf(data), data);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function settingsOf(data: string, flags: Readonly<Record<string, unknown>> = {}): Settings {
  return readSettings({ flags: { data, port: 0, ...flags }, environment: {}, file: {} });
}

function only(seen: Seen): Finding {
  assert.equal(seen.findings.length, 1, JSON.stringify(seen.findings));
  const [finding] = seen.findings;
  assert.ok(finding !== undefined && finding.what !== '' && finding.where !== '' && finding.todo !== '');
  return finding;
}

test('[N6] a directory that a node has left is well, and one that is not there is no problem', async () => {
  await withData(async (settings, data) => {
    const seen = await examine(settings);
    assert.deepEqual(seen.findings, []);
    assert.deepEqual(seen.skipped, ['port']);
    const none = await examine(settingsOf(join(data, 'none')));
    assert.deepEqual(none.findings, []);
    assert.ok(none.skipped.includes('data directory') && none.skipped.includes('logs'));
  });
});

test('[N6] what others can read is named with the command that closes it', async () => {
  await withData(async (settings, data) => {
    chmodSync(data, 0o755);
    assert.match(only(await examine(settings)).todo, /chmod 700/);
    chmodSync(data, 0o700);
    chmodSync(join(data, 'node.key'), 0o640);
    const finding = only(await examine(settings));
    assert.match(finding.what, /mode 640/);
    assert.match(finding.todo, /chmod 600/);
  });
});

test('[N6] a key that is missing or none is named; its content is not told', async () => {
  await withData(async (settings, data) => {
    const path = join(data, 'node.key');
    writeFileSync(path, 'half-a-secret');
    const spoiled = only(await examine(settings));
    assert.equal(spoiled.where, path);
    assert.doesNotMatch(JSON.stringify(spoiled), /half-a-secret/);
    rmSync(path);
    assert.match(only(await examine(settings)).todo, /backup/);
  });
});

test('[J3] a damaged database is named with its file, and the others are still looked at', async () => {
  await withData(async (settings, data) => {
    const path = join(data, 'auth.sqlite');
    const bytes = readFileSync(path);
    bytes.fill(0xff, 8192, 3 * 8192);
    writeFileSync(path, bytes);
    const { findings } = await examine(settings);
    assert.ok(findings.some(({ where, level }) => where === path && level === 'problem'));
    assert.ok(
      findings.every(({ where }) => where === path),
      JSON.stringify(findings),
    );
  });
});

test('[J3] a journal whose record was altered is named with the record', async () => {
  await withData(async (settings, data) => {
    // Two starts: two seals.
    await (await composeNode(settings, realEnv())).drain();
    using journal = openDatabase(join(data, 'tail', 'journal.sqlite'));
    journal.execute("UPDATE record SET bytes = x'00' WHERE seq = (SELECT max(seq) FROM record)");
    journal.close();
    const { findings } = await examine(settings);
    assert.ok(
      findings.some(({ where, what }) => /record \d+/.test(where + what)),
      JSON.stringify(findings),
    );
  });
});

test('[J8] data of a newer version is named, and left as it is', async () => {
  await withData(async (settings, data) => {
    const path = join(data, 'auth.sqlite');
    using accounts = openDatabase(path);
    accounts.execute('PRAGMA user_version = 1000');
    accounts.close();
    const finding = only(await examine(settings));
    assert.equal(finding.where, path);
    assert.match(finding.what, /newer version/);
    await assert.rejects(() => composeNode(settings, realEnv()), { code: 'newer' });
  });
});

test('[J7] while a node runs the doctor says who holds the data and finds nothing wrong', async () => {
  await withData(async (settings, data) => {
    await using node = await composeNode(settings, realEnv());
    const seen = await examine(settingsOf(data, { port: node.port }));
    assert.deepEqual(seen.findings, []);
    assert.deepEqual(seen.skipped, ['logs']);
    const elsewhere = only(await examine(settingsOf(data, { port: 1 })));
    assert.equal(elsewhere.level, 'warning');
    assert.ok(elsewhere.what.includes(String(process.pid)), elsewhere.what);
  });
});

test('[N6] a port that another program or another node uses is named', async () => {
  await withData(async (_settings, data) => {
    const other = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('hello') });
    assert.match(only(await examine(settingsOf(data, { port: other.port }))).what, /another program/);
    await other.stop(true);
    await withData(async (settings) => {
      await using node = await composeNode(settings, realEnv());
      assert.match(only(await examine(settingsOf(data, { port: node.port }))).what, /another node \(key /);
    });
  });
});

test('[N6] a clock that was set back is told by the dates of the data', async () => {
  await withData(async (settings, data) => {
    const later = Date.now() / 1000 + 3600;
    utimesSync(join(data, 'auth.sqlite'), later, later);
    assert.match(only(await examine(settings)).what, /was written at/);
    const past: Env = { ...realEnv(), wallMs: () => 0 };
    assert.match(only(await examine(settings, past)).what, /before copse was written/);
  });
});

test('[N6] an address under which browsers cannot run the app, or all callers look like one', async () => {
  await withData(async (_settings, data) => {
    const plain = only(await examine(settingsOf(data, { url: 'http://copse.example' })));
    assert.equal(plain.level, 'problem');
    const proxy = only(await examine(settingsOf(data, { url: 'https://copse.example' })));
    assert.equal(proxy.level, 'warning');
    const told = await examine(settingsOf(data, { url: 'https://copse.example', proxied: true }));
    assert.deepEqual(told.findings, []);
  });
});

test('[N6] what a start or restore that was cut off has left is named', async () => {
  await withData(async (settings, data) => {
    copyFileSync(join(data, 'node.key'), join(data, 'node.key.new'));
    assert.match(only(await examine(settings)).where, /node\.key\.new$/);
  });
});

test('[J6] what the settings let go is said, and is no finding', async () => {
  await withData(async (_settings, data) => {
    const notes: (string | undefined)[] = [];
    const settings = settingsOf(data, { retainDays: 30 });
    for await (const { name, note } of diagnose(settings, realEnv(), primitives))
      if (name === 'retention') notes.push(note);
    assert.deepEqual(notes, ['Entries older than 30 days are dropped.']);
    assert.deepEqual((await examine(settings)).findings, []);
  });
});

test('[N6] the doctor changes nothing', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'copse-doctor-'));
  try {
    const data = join(scratch, 'data');
    mkdirSync(data, { mode: 0o700 });
    await examine(settingsOf(data));
    assert.deepEqual([...new Bun.Glob('**').scanSync({ cwd: scratch, dot: true })], []);
  } finally {
    rmSync(scratch, { recursive: true });
  }
});

test('[N6, V14] it says how devices reach each other, and what is missing for that', async () => {
  await withData(async (_settings, data) => {
    const noteOf = async (flags: Readonly<Record<string, unknown>>): Promise<string | undefined> => {
      for await (const { name, note } of diagnose(settingsOf(data, flags), realEnv(), primitives)) {
        if (name === 'direct connections') return note;
      }
      return undefined;
    };
    assert.match((await noteOf({})) ?? '', /of one network/);
    assert.match((await noteOf({ iceServers: 'stun:a.example' })) ?? '', /help of 1 server/);
    assert.match((await noteOf({ direct: 'off' })) ?? '', /^Off/);
    const turn = await examine(settingsOf(data, { iceServers: 'turn:a.example' }));
    assert.match(only(turn).what, /no secret/);
    const relay = await examine(settingsOf(data, { direct: 'relay' }));
    assert.match(only(relay).what, /needs a TURN server/);
  });
});
