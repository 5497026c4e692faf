/** All benchmarks in the order in which they run, and the rivals that need servers of their own. */

import { accountTreeBench } from './account-tree.ts';
import { authBench } from './auth.ts';
import { coldBlobsBench } from './cold-blobs.ts';
import { bundleBench } from './bundle.ts';
import { exchangeBench } from './exchange.ts';
import type { Bench, BenchOptions, Figure } from './figure.ts';
import { filesBench } from './files.ts';
import { heraldBench } from './herald.ts';
import { httpAppendBench } from './http-append.ts';
import { keysBench } from './keys.ts';
import { leadBench } from './lead.ts';
import { leadPathBench } from './lead-path.ts';
import { newsBench } from './news.ts';
import { notifyBench } from './notify.ts';
import { peerBrowserBench } from './peer-browser.ts';
import { peerStoreBench } from './peer-store.ts';
import { peerIngestBench } from './peer/ingest.ts';
import { peerMatchBench } from './peer/match.ts';
import { peerMillionBench } from './peer/million.ts';
import { peerSyncBench } from './peer/sync.ts';
import { pushBench } from './push.ts';
import { reconcileBench } from './reconcile.ts';
import { recoveryBench } from './recovery.ts';
import { replayBench } from './replay.ts';
import { resumeBench } from './resume.ts';
import { revokeBench } from './revoke.ts';
import { rightsBench } from './rights.ts';
import {
  durableStreamsAppends,
  natsAppends,
  redisAppends,
  type RivalResult,
  type Shape,
} from './rivals/appends.ts';
import { startBench } from './start.ts';
import { storeBench } from './store.ts';
import { takeoverBench } from './takeover.ts';
import { tailBenches } from './tail.ts';
import { tlogBench } from './tlog.ts';
import { tokenBench } from './token.ts';
import { workBench } from './work.ts';
import { yjsBench } from './yjs.ts';

const CONNECTIONS = 1000;
/** HTTP servers take fewer connections gladly; the rate is what they make of them. */
const HTTP_CONNECTIONS = 64;

const RIVALS: Readonly<Record<string, (shape: Shape) => Promise<RivalResult>>> = {
  'Redis Streams, AOF always': redisAppends,
  'NATS JetStream R1, sync always': natsAppends,
  'Durable Streams, Node server on files': (shape) =>
    durableStreamsAppends({ ...shape, connections: HTTP_CONNECTIONS }),
};

/** The rivals' appends per second; who cannot run here is named and left out. */
async function rivalsOf(options: BenchOptions, inFlight: number): Promise<Readonly<Record<string, number>>> {
  const shape = { connections: CONNECTIONS, inFlight, seconds: options.quick ? 3 : 8 };
  const results: Record<string, number> = {};
  for (const [name, run] of Object.entries(RIVALS)) {
    try {
      const { perSecond, cpuPerOp } = await run(shape);
      results[name] = perSecond;
      options.note(`${name}: ${cpuPerOp.toFixed(2)} µs CPU/op`);
    } catch (thrown) {
      options.note(`${name} did not run: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }
  return results;
}

function withAppendRivals(bench: Bench): Bench {
  const run = async (options: BenchOptions): Promise<readonly Figure[]> => {
    const ours = await bench.run(options);
    const beside = [await rivalsOf(options, 16), await rivalsOf(options, 1)];
    return ours.map((figure, i) => ({ ...figure, rivals: { ...figure.rivals, ...beside[i] } }));
  };
  return { name: bench.name, run };
}

export const benches: readonly Bench[] = [
  ...tailBenches.map((bench) => (bench.name === 'tail-appends' ? withAppendRivals(bench) : bench)),
  httpAppendBench,
  storeBench,
  peerIngestBench,
  peerMillionBench,
  peerMatchBench,
  peerSyncBench,
  peerStoreBench,
  peerBrowserBench,
  coldBlobsBench,
  filesBench,
  authBench,
  rightsBench,
  revokeBench,
  accountTreeBench,
  keysBench,
  leadBench,
  leadPathBench,
  takeoverBench,
  newsBench,
  notifyBench,
  heraldBench,
  recoveryBench,
  reconcileBench,
  exchangeBench,
  tokenBench,
  resumeBench,
  tlogBench,
  pushBench,
  workBench,
  yjsBench,
  startBench,
  bundleBench,
  replayBench,
];
