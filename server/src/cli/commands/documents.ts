/** Commands about documents: which there are, and what one says. */

import { writeFileSync } from 'node:fs';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { callMs } from 'copse/internal/base/limits.ts';
import { deferred } from 'copse/internal/client/deferred.ts';
import type { Site } from 'copse/internal/client/index.ts';
import { CopseProvider, documentCodec } from 'copse-yjs';
import { Doc, encodeStateAsUpdate } from 'yjs';
import { nearest } from '../../node/nearest.ts';
import type { Context } from '../context.ts';
import { markdownOf } from '../document-text.ts';
import { open, siteCalled } from '../person.ts';

/** As in the app: the logs of a folder are its documents, and this is what its editor writes into. */
const FOLDER = 'documents/';
const FRAGMENT = 'prosemirror';

type Place = readonly [site: string, title: string];

/** The titles of a site's documents. */
export async function listDocuments(context: Context, word: string): Promise<void> {
  await using copse = await open(context);
  const titles = titlesIn(siteCalled(copse, word));
  for (const title of titles) context.output.item(title, { title });
  if (titles.length === 0 && !context.output.json) context.output.item('No document is in this site.', null);
}

/** Prints a document as Markdown. */
export async function showDocument(context: Context, place: Place): Promise<void> {
  await using opened = await openIn(context, place);
  const markdown = markdownOf(opened.doc.getXmlFragment(FRAGMENT));
  context.output.result(markdown, { title: place[1], markdown });
}

/** Prints the shared text of that name, as editors of code and of plain text keep it. */
export async function showText(context: Context, place: Place, name: string): Promise<void> {
  await using opened = await openIn(context, place);
  const text = opened.doc.getText(name).toJSON();
  context.output.result(text, { title: place[1], text });
}

/** Writes all of a document into a file, as an update that any program on Yjs reads. */
export async function saveDocument(context: Context, place: Place, file: string): Promise<void> {
  await using opened = await openIn(context, place);
  const update = encodeStateAsUpdate(opened.doc);
  try {
    writeFileSync(file, update, { flag: 'wx' });
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    const why = isThere ? 'it is there already' : String(cause);
    throw new Fault('usage', `\`${file}\` is not written: ${why}.`, { cause });
  }
  context.output.result(`${file}: ${update.length} bytes`, { title: place[1], file, bytes: update.length });
}

interface Opened extends AsyncDisposable {
  readonly doc: Doc;
}

/** A document with all that the node has of it. */
async function openIn(context: Context, [word, title]: Place): Promise<Opened> {
  await using owned = new AsyncDisposableStack();
  const copse = owned.use(await open(context));
  const site = siteCalled(copse, word);
  requireTitle(site, title);
  const doc = new Doc();
  const log = site.log(FOLDER + title, { codec: documentCodec });
  const provider = new CopseProvider(log, doc, { awareness: null, snapshots: false });
  owned.defer(() => provider.close());
  await synced(provider, context.env);
  if (provider.isTrimmed)
    throw new Fault(
      'trimmed',
      'The beginning of the document is not kept any more, and no snapshot stands for it.',
    );
  const { skippedCount } = provider;
  if (skippedCount > 0)
    context.output.log(`${skippedCount} entries of it are no change, or do not open here.`);
  const detail = provider.trouble.get()?.detail;
  if (detail !== undefined) context.output.log(detail);
  const kept = owned.move();
  return { doc, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Resolves when the document has all that the node has; `closed` when that takes too long. */
async function synced(provider: CopseProvider, env: Env): Promise<void> {
  const done = deferred<void>();
  const look = (): void => {
    const fault = provider.trouble.get();
    // A snapshot that does not hold is passed over.
    if (fault !== null && fault.code !== 'corrupt') done.reject(fault);
    else if (provider.synced) done.resolve();
  };
  const timer = env.after(callMs, () =>
    done.reject(new Fault('closed', 'The rest of the document does not come.')),
  );
  provider.on('sync', look);
  const stop = provider.trouble.subscribe(look);
  look();
  await done.promise.finally(() => {
    timer.cancel();
    stop();
  });
}

function titlesIn(site: Site): readonly string[] {
  return site.logs.get().flatMap((name) => (name.startsWith(FOLDER) ? name.slice(FOLDER.length) : []));
}

function requireTitle(site: Site, title: string): void {
  const titles = titlesIn(site);
  if (titles.includes(title)) return;
  const close = nearest(title, titles);
  const hint = close === null ? '' : ` Did you mean \`${close}\`?`;
  throw new Fault('unknown', `No document is called \`${title}\`.${hint}`);
}
