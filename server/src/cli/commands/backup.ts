/** `copse backup` and `copse restore`: the data of a node, copied while it runs, verified before it is used (SPEC J9). */

import { resolve } from 'node:path';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { loadSettings } from '../../node/load-settings.ts';
import type { Given } from '../../node/settings.ts';
import { version } from '../../node/version.ts';
import type { ManifestFile } from '../../store/backup-manifest.ts';
import { backUp, restore as restoreFrom } from '../../store/backup.ts';
import type { Context } from '../context.ts';
import { size } from '../output.ts';

export function backup(context: Context, target: string, flags: Given): Promise<void> {
  const { data } = loadSettings(flags, context.environment);
  const done = progressOf(context, 'copied');
  const manifest = backUp({
    directory: resolve(data),
    target: resolve(target),
    nowMs: context.env.wallMs(),
    version,
    onFile: done.onFile,
  });
  done.end();
  context.output.result(
    `Backed up ${data} to ${target}: ${manifest.files.length} files, ${size(done.bytes)}.`,
    { data, backup: target, bytes: done.bytes, ...manifest },
  );
  return Promise.resolve();
}

/** Into the data directory that the settings name, which must not hold anything yet. */
export async function restore(context: Context, from: string, flags: Given): Promise<void> {
  const { data } = loadSettings(flags, context.environment);
  const done = progressOf(context, 'restored');
  const manifest = await restoreFrom({
    from: resolve(from),
    directory: resolve(data),
    primitives: nativePrimitives(),
    onFile: done.onFile,
  });
  done.end();
  const made = new Date(manifest.createdMs).toISOString();
  context.output.result(
    `Restored ${data} from ${from} (made ${made} by version ${manifest.version}): ${manifest.files.length} files, ${size(done.bytes)}, all verified.`,
    { data, backup: from, bytes: done.bytes, ...manifest },
  );
}

interface Done {
  readonly bytes: number;
  readonly onFile: (file: ManifestFile) => void;
  readonly end: () => void;
}

function progressOf(context: Context, verb: string): Done {
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    onFile(file) {
      bytes += file.bytes;
      context.output.progress(`${verb} ${file.path}, ${size(bytes)}`);
    },
    end: () => context.output.progress(''),
  };
}
