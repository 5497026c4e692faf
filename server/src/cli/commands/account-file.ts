/** Commands about an account as one file: see `program-account-file.ts`. */

import { createReadStream, existsSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { base64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { filesIfAny } from 'copse/internal/client/neighbourhood/account-files.ts';
import type { ExportOptions, ExportProgress } from 'copse/internal/client/neighbourhood/account-export.ts';
import type { ImportReport } from 'copse/internal/client/neighbourhood/account-import.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { jsonLines } from '../account-json.ts';
import type { Context } from '../context.ts';
import { size } from '../output.ts';
import { keyOf, street } from './peer.ts';

export interface ExportFlags {
  readonly files?: boolean;
  readonly user?: string;
}

export interface ImportFlags {
  readonly anybody?: boolean;
}

const OWNER_ONLY = 0o600;

/** Into a file that is there when it is whole. */
export async function exportFile(context: Context, path: string, flags: ExportFlags): Promise<void> {
  if (existsSync(path)) throw new Fault('usage', `There is a file ${path} already.`);
  await using at = await street(context);
  let done: ExportProgress = { records: 0, bytes: 0 };
  const options: ExportOptions = {
    accounts: await at.copse.accounts(),
    ...(await filesIfAny(() => at.copse.files())),
    withChunks: flags.files === true,
    ...(flags.user === undefined ? {} : { of: await keyOf(at.copse, flags.user) }),
    onProgress(progress) {
      done = progress;
      context.output.progress(`${progress.records} records, ${size(progress.bytes)}`);
    },
  };
  const pieces = at.place.export(options);
  await written(path, context.output.json ? jsonLines(nativePrimitives(), pieces) : pieces);
  context.output.progress('');
  const { records } = done;
  const bytes = statSync(path).size;
  context.output.result(`Wrote ${records} records, ${size(bytes)}, into ${path}.`, { path, records, bytes });
}

async function written(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const coming = `${path}.part`;
  try {
    await using file = await open(coming, 'w', OWNER_ONLY);
    for await (const piece of pieces) await file.writeFile(piece);
    await file.sync();
  } catch (thrown) {
    await rm(coming, { force: true });
    throw thrown;
  }
  await rename(coming, path);
}

export async function importFile(context: Context, path: string, flags: ImportFlags): Promise<void> {
  if (!existsSync(path) || !statSync(path).isFile()) throw new Fault('usage', `There is no file ${path}.`);
  await using at = await street(context);
  const any = await filesIfAny(() => at.copse.files());
  const report = await at.place.import(createReadStream(path), {
    ...any,
    ofAnybody: flags.anybody === true,
    onProgress: (records) => {
      if (records % PROGRESS_EVERY === 0) context.output.progress(`${records} records`);
    },
  });
  context.output.progress('');
  context.output.result(reportText(report), { ...report, user: base64url(report.user) });
  if (report.trouble !== null)
    throw new Fault('corrupt', `${path}: ${report.trouble}. What came before has been taken.`);
}

const PROGRESS_EVERY = 256;

function reportText({ messages, pins, files, filesMissing, refusals }: ImportReport): string {
  const rows = [
    ['messages', messages],
    ['kept for good', pins],
    ['files', files],
  ] as const;
  const lines = rows.map(
    ([what, { taken, known, refused }]) =>
      `${what}: ${taken} taken, ${known} there already, ${refused} refused`,
  );
  if (filesMissing > 0)
    lines.push(`${filesMissing} files are not in it: bring them with \`copse file put\`.`);
  const why = refusals.map(({ record, what, why: reason }) => `record ${record}, a ${what}: ${reason}`);
  return [...lines, ...why].join('\n');
}
