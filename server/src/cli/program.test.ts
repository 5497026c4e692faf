import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'smol-toml';
import { FAULTS } from 'copse/internal/base/fault.ts';
import { describeSettings } from '../node/settings-text.ts';
import { version } from '../node/version.ts';
import { EXIT_CODES, exitNameOf } from './output.ts';
import { run } from './program.ts';

const scratch = mkdtempSync(join(tmpdir(), 'copse-cli-'));
after(() => rmSync(scratch, { recursive: true }));
const environment = { COPSE_HOME: join(scratch, 'home') };

interface Ended {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  /** The one JSON document on standard output. */
  json(): { readonly [name: string]: unknown };
}

async function copse(words: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ended> {
  let [out, err] = ['', ''];
  const streams = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    isTerminal: false,
  };
  const exit = await run(words, streams, { ...environment, ...more });
  return { exit, out, err, json: () => JSON.parse(out) };
}

test('[N2] every class of fault has an exit code of its own, every fault a class', () => {
  const codes = Object.values(EXIT_CODES);
  assert.equal(new Set(codes).size, codes.length);
  assert.deepEqual(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8], 'scripts rely on these numbers');
  for (const code of Object.keys(FAULTS) as (keyof typeof FAULTS)[]) {
    const name = exitNameOf(code);
    assert.ok(EXIT_CODES[name] > 0, code);
    // A script that waits and tries again looks at the class alone.
    if (name === 'unreachable' || name === 'full') assert.notEqual(FAULTS[code].retry, 'never', code);
  }
});

test('[N2] help names every command, its flags and the exit codes, and ends with 0', async () => {
  const { exit, out, err } = await copse(['--help']);
  assert.equal(exit, 0);
  assert.equal(err, '');
  const commands =
    'serve config doctor backup restore login whoami devices site invite join write tail lead replay complete';
  for (const command of commands.split(' ')) assert.match(out, new RegExp(`^  ${command}\\b`, 'm'), command);
  assert.doesNotMatch(out, /replay-worker/);
  for (const [name, code] of Object.entries(EXIT_CODES)) assert.ok(out.includes(`  ${code}  ${name}`), name);
  const serve = await copse(['serve', '--help']);
  assert.ok(serve.out.includes('--retain-days <value>') && serve.out.includes('COPSE_RETAIN_DAYS'));
  assert.ok(serve.out.includes('--proxied [value]'));
});

test('[N2] --version says the version', async () => {
  assert.equal((await copse(['--version'])).out.trim(), version);
});

test('[N2] a mistyped command, flag or subcommand gets the nearest one, and exit code 2', async () => {
  const wrong = [
    [['serv'], 'serve'],
    [['serve', '--prot', '1'], '--port'],
    [['site', 'fuond', 'x'], 'found'],
    [['config', 'chek'], 'check'],
  ] as const;
  for (const [words, meant] of wrong) {
    const plain = await copse(words);
    assert.equal(plain.exit, EXIT_CODES.usage, words.join(' '));
    assert.equal(plain.out, '');
    assert.ok(plain.err.includes(`Did you mean ${meant}?`), plain.err);
    const json = await copse([...words, '--json']);
    assert.equal(json.exit, EXIT_CODES.usage);
    assert.equal(json.err, '');
    const { error } = json.json() as { error: { code: string; message: string; hint: string; exit: number } };
    assert.equal(error.code, 'usage');
    assert.ok(error.message.includes(meant), error.message);
    assert.equal(error.exit, EXIT_CODES.usage);
    assert.notEqual(error.hint, '');
  }
});

test('[N2] a key that begins like an option is told where it stands', async () => {
  const key = `-${'x'.repeat(42)}`;
  const { exit, err } = await copse(['bless', key]);
  assert.equal(exit, EXIT_CODES.usage);
  assert.ok(err.includes(`… -- ${key}`), err);
  const json = await copse(['bless', key, '--json']);
  const { error } = json.json() as { error: { message: string } };
  assert.ok(error.message.includes(`… -- ${key}`), error.message);
});

test('[N2] a missing argument is a mistake of usage', async () => {
  for (const words of [['join'], ['write'], ['tail', 'site'], ['restore'], ['site', 'rename', 'x']])
    assert.equal((await copse(words)).exit, EXIT_CODES.usage, words.join(' '));
});

test('[N2] a fault is one line of what happened and one of what to do', async () => {
  const { exit, out, err } = await copse(['config', 'check', '--port', 'x']);
  assert.equal(exit, EXIT_CODES.usage);
  assert.equal(out, '');
  assert.match(
    err,
    /^copse: .*`port` is a whole number from 0 to 65535, not `x`\.\n +See `copse config doc`\. \(config\)\n$/,
  );
  const json = await copse(['--json', 'config', 'check', '--port', 'x']);
  assert.equal(json.err, '');
  const { error } = json.json() as { error: object };
  assert.deepEqual(Object.keys(error), ['code', 'message', 'hint', 'exit']);
});

test('[N2] a key that begins with a dash, or the beginning of one, is told to stand behind --', async () => {
  for (const key of ['-1heDj-6', `-${'a'.repeat(42)}`]) {
    const { exit, err } = await copse(['site', 'withdraw', 'Garden', key]);
    assert.equal(exit, EXIT_CODES.usage);
    assert.match(err, new RegExp(`stands behind \`--\`: … -- ${key}`));
    const taken = await copse(['site', 'withdraw', 'Garden', '--', key]);
    assert.match(taken.err, /No node is known yet/);
  }
});

test('[N2] what stands behind -- is text, also when it looks like a flag', async () => {
  const { exit, err } = await copse(['tail', 'a', 'b', 'c', '--', '--json']);
  assert.equal(exit, EXIT_CODES.usage);
  assert.notEqual(err, '', 'told to people');
});

test('[N1] config doc prints the page of settings, config print a file that says the same', async () => {
  assert.equal((await copse(['config', 'doc'])).out, describeSettings());
  assert.equal((await copse(['config', 'doc', '--json'])).json()['markdown'], describeSettings());
  const data = join(scratch, 'none');
  const printed = await copse(['config', 'print', '--data', data, '--port', '8000', '--proxied']);
  assert.deepEqual({ ...parse(printed.out) }, { port: 8000, proxied: true });
  const json = await copse(['config', 'print', '--data', data, '--json'], { COPSE_PORT: '8001' });
  assert.equal(json.json()['port'], 8001);
  assert.equal(json.json()['data'], data);
});

test('[N1] config check names the file, the key and the nearest known one', async () => {
  const data = mkdtempSync(join(scratch, 'data-'));
  assert.equal((await copse(['config', 'check', '--data', data])).exit, 0);
  writeFileSync(join(data, 'copse.toml'), 'retainDay = 3\n');
  const { exit, err } = await copse(['config', 'check', '--data', data]);
  assert.equal(exit, EXIT_CODES.usage);
  assert.match(err, /Unknown key in copse\.toml `retainDay`\. Did you mean `retainDays`\?/);
  const variable = await copse(['config', 'check', '--data', join(data, 'x')], { COPSE_SINGUP: 'open' });
  assert.match(variable.err, /`COPSE_SINGUP`\. Did you mean `COPSE_SIGNUP`/);
});
