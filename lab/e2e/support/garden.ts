/** The scene of the browser tests: a fresh node, Ada who founded a garden on it, and Ben who was invited. */

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { startNode, type NodeChild } from './node.ts';
import { heading, Visitor } from './visitor.ts';

export const TITLE = 'The garden behind the mill';

export interface Garden extends AsyncDisposable {
  readonly node: NodeChild;
  readonly data: string;
  readonly ada: Visitor;
  readonly ben: Visitor;
  /** The invitation by which Ben came in. */
  readonly link: string;
}

/** A folder that goes away with its owner. */
export async function scratch(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'copse-e2e-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Everything is done in the app: the setup link, the site, the invitation. Both are in the log at the end. */
export async function plantGarden(browser: Browser): Promise<Garden> {
  await using owners = new AsyncDisposableStack();
  const folder = owners.use(await scratch());
  const data = join(folder.path, 'data');
  const node = owners.use(await startNode(data));
  const ada = owners.use(await Visitor.arrive(browser, 'Ada Lindgren'));
  await ada.open(node.setup);
  await ada.signUp('Make the admin account');
  await ada.found(TITLE);
  await heading(ada.page, 'chat').waitFor();
  const link = await ada.invite();
  const ben = owners.use(await Visitor.arrive(browser, 'Ben Okafor'));
  await ben.open(link);
  await heading(ben.page, TITLE).waitFor();
  await ben.signUp(`Join ${TITLE}`);
  await heading(ben.page, 'chat').waitFor();
  const kept = owners.move();
  return { node, data, ada, ben, link, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Every file below a folder with its bytes. */
export async function filesBelow(path: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(paths.map(async (file) => [file, await readFile(file)] as const)));
}
