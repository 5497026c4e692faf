/** What `copse file get` leaves alone, what it says of the disk, and what it has the own node host (SPEC Z41, Z45). */

import { deepEqual, equal, match } from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { realEnv } from 'copse/internal/base/env.ts';
import { fileChunkBytes } from 'copse/internal/base/limits-files.ts';
import { composeNode } from '../../server/src/node/compose.ts';
import { bytesOf } from '../suites/files-stage.ts';
import { nodeSettings, terminal, withFolder, type Terminal } from './support/terminal.ts';

async function putBy(ada: Terminal, path: string, bytes: Uint8Array): Promise<string> {
  writeFileSync(path, bytes);
  const put = await ada('file', 'put', path, '--json');
  equal(put.exit, 0, put.text);
  return String(put.json['address']);
}

test('[Z45] a download never touches another file, and says what the disk says', async () => {
  await withFolder(async (folder) => {
    await using node = await composeNode(nodeSettings(join(folder, 'node')), realEnv());
    const ada = terminal(join(folder, 'ada'));
    equal((await ada('login', node.url, '--name', 'Ada')).exit, 0);
    const bytes = bytesOf(fileChunkBytes + 9, 3);
    const address = await putBy(ada, join(folder, 'film.bin'), bytes);
    const notes = join(folder, 'notes.txt');
    writeFileSync(notes, 'what nobody wants to lose');
    const refused = await ada('file', 'get', address, notes);
    equal(refused.exit, 2, refused.text);
    match(refused.text, /There is a file .*notes\.txt already/);
    equal(readFileSync(notes, 'utf8'), 'what nobody wants to lose');
    // The beginning of it, and more behind it, is another file too.
    writeFileSync(notes, new Uint8Array(fileChunkBytes + 10));
    equal((await ada('file', 'get', address, notes)).exit, 2);
    const absent = await ada('file', 'get', address, join(folder, 'absent', 'film.bin'));
    equal(absent.exit, 2, absent.text);
    match(absent.text, /cannot be written: .*ENOENT/);
    mkdirSync(join(folder, 'got.bin.part'));
    equal((await ada('file', 'get', address, join(folder, 'got.bin'))).exit, 2);
    const target = join(folder, 'film.copy');
    equal((await ada('file', 'get', address, target)).exit, 0);
    deepEqual(new Uint8Array(readFileSync(target)), bytes);
    equal((await ada('file', 'get', address, target)).exit, 0, 'it is there already');
    equal(existsSync(`${target}.part`), false);
  });
});

test('[Z41] what is fetched from another node the own one hosts, unless one says otherwise', async () => {
  await withFolder(async (folder) => {
    await using here = await composeNode(nodeSettings(join(folder, 'here')), realEnv());
    await using there = await composeNode(nodeSettings(join(folder, 'there')), realEnv());
    const [ada, bea] = [terminal(join(folder, 'ada')), terminal(join(folder, 'bea'))];
    equal((await ada('login', here.url, '--name', 'Ada')).exit, 0);
    equal((await bea('login', there.url, '--name', 'Bea')).exit, 0);
    const bytes = bytesOf(5 * fileChunkBytes + 1, 4);
    const address = await putBy(ada, join(folder, 'film.bin'), bytes);
    const cached = async (): Promise<unknown> => (await bea('file', 'usage', '--json')).json['cacheBytes'];
    const get = (name: string, ...flags: readonly string[]) =>
      bea('file', 'get', address, join(folder, name), `--from=${here.url}`, '--json', ...flags);
    equal((await get('one', '--no-host')).json['hosted'], false);
    equal(await cached(), 0);
    equal((await get('two')).json['hosted'], true);
    equal(await cached(), bytes.length);
    match((await bea('file', 'list')).text, /cache\s+two/);
    equal((await bea('file', 'drop', address)).exit, 0);
    const hosted = await bea('file', 'host', address, `--from=${here.url}`, '--json');
    equal(hosted.exit, 0, hosted.text);
    equal(await cached(), bytes.length);
    equal((await bea('file', 'get', address, join(folder, 'three'))).exit, 0);
    deepEqual(new Uint8Array(readFileSync(join(folder, 'three'))), bytes);
    equal((await get('four', '--from=nowhere')).exit, 2);
  });
});
