/** Files in the process that keeps the accounts: where they lie, what is known of them, and their door. */

import { isAbsolute, join } from 'node:path';
import type { Env } from 'copse/internal/base/env.ts';
import { filePruneSlice } from 'copse/internal/base/limits-files.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import type { Auth } from '../../auth/auth.ts';
import { Files } from '../../peer/files/files.ts';
import { FolderBlobs } from '../../store/blobs-folder.ts';
import type { BlobStore } from '../../store/blobs.ts';
import { SqliteFiles } from '../../store/files-sqlite.ts';
import { bucketBlobs } from '../cold.ts';
import { bucketOf } from '../cold-place.ts';
import { FileDoor } from '../file-door.ts';
import { Heirs } from '../heirs.ts';
import type { HttpEnds } from '../compose.ts';
import type { Ground } from '../open-auth.ts';
import type { Settings } from '../settings.ts';
import { allowanceBy, worthBy } from './allowance.ts';
import { TicketDesk } from './tickets.ts';

/** In the data directory. */
const FILES_KEY_FILE = 'files.key';

export interface FileNeeds extends Ground {
  readonly auth: Pick<Auth, 'http' | 'standing' | 'standings'>;
  readonly http: HttpEnds;
  readonly life: { readonly draining: boolean };
}

/** Null when the node takes no files. */
export async function openFiles(
  owned: AsyncDisposableStack,
  settings: Settings,
  env: Env,
  { paths, primitives, node, auth, http, life }: FileNeeds,
): Promise<FileDoor | null> {
  const blobs = placeOf(settings, env);
  if (blobs === null) return null;
  const accounts = auth.http();
  const { fileBytesPerUser, fileBytes, fileSize } = settings;
  const store = SqliteFiles.open({ path: paths.files });
  const heirs = new Heirs({
    formers: (user) => auth.standings.formers(user),
    async inherit(from, to) {
      const [was, heir] = [userIdOf(primitives, from), userIdOf(primitives, to)];
      while (await store.inherit(was, heir, filePruneSlice));
    },
  });
  const allowance = allowanceBy({
    keyOf: (user) => accounts.keyOf(user),
    standing: auth.standing.bind(auth),
    meet: (key) => heirs.meet(key),
    bytesMax: fileBytesPerUser,
  });
  const worth = worthBy({ allowance, epochOf: (device) => accounts.epochOf(device) });
  const limits = { sizeMax: fileSize, bytesMax: fileBytes };
  const files = owned.use(await Files.open({ store, blobs, primitives, env, worth, ...limits }));
  const keys = { node: node.publicKey, nodeSeed: node.seed };
  const desk = new TicketDesk({
    auth: accounts,
    possession: http.possession,
    primitives,
    env,
    worth,
    ...keys,
  });
  return new FileDoor({
    files,
    desk,
    env,
    origins: () => http.origins,
    mayConnect: (origin) => http.mayConnect(origin),
    draining: () => life.draining,
    nonce: () => http.possession.nonce,
  });
}

function placeOf({ files, data, coldRegion }: Settings, env: Env): BlobStore | null {
  if (files === '') return null;
  const bucket = bucketOf(files);
  if (bucket === null) return new FolderBlobs(isAbsolute(files) ? files : join(data, files));
  return bucketBlobs(env, {
    setting: 'files',
    bucket,
    region: coldRegion,
    keyFile: join(data, FILES_KEY_FILE),
  });
}
