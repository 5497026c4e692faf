/** The node of a run in three processes: auth, and two tails that share a journal in a PostgreSQL of the run's own. */

import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../e2e/support/node.ts';
import { startCluster } from '../suites/postgres-cluster.ts';
import type { Kind } from './actor.ts';

const SERVE = ['server/src/cli/main.ts', 'serve', '--log-level', 'error', '--data'] as const;

type Cast = (kind: Kind, name: string, words: readonly string[]) => void;

/** What the node is, cast but for the tails, which need what auth makes when it starts. */
export interface House extends AsyncDisposable {
  readonly url: string;
  /** Casts the tails; auth has started. */
  castTails(): Promise<void>;
}

/** One process that does everything. */
export async function castNode(folder: string, cast: Cast): Promise<House> {
  const port = await freePort();
  cast('node', 'node', [...SERVE, join(folder, 'data'), '--port', String(port)]);
  const url = `http://127.0.0.1:${port}`;
  return { url, castTails: async () => {}, [Symbol.asyncDispose]: async () => {} };
}

export async function castHouse(folder: string, cast: Cast): Promise<House> {
  const cluster = await startCluster();
  const database = await cluster.database();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  cast('node', 'node', [...SERVE, join(folder, 'data'), '--port', String(port), '--role', 'auth']);
  return {
    url,
    async castTails() {
      for (const name of ['oak', 'elm']) {
        const data = join(folder, name);
        mkdirSync(data, { mode: 0o700 });
        copyFileSync(join(folder, 'data', 'tail.key'), join(data, 'tail.key'));
        const role = ['--role', 'tail', '--auth', url, '--journal', database];
        cast('tail', name, [...SERVE, data, '--port', String(await freePort()), ...role]);
      }
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}
