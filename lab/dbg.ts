import { mkdtempSync, rmSync } from 'node:fs'; import { tmpdir } from 'node:os'; import { join } from 'node:path';
import { CopseProvider, documentCodec } from 'copse-yjs';
import { MemoryKeep } from 'copse/internal/client/index.ts'; import { openCopse } from 'copse/internal/native/index.ts';
import { Doc } from 'yjs';
import { readTrace } from '../server/src/cli/replay/trace.ts'; import { startNode } from './e2e/support/node.ts'; import { tracePath } from './suites/yjs-trace.ts';
const N = Number(process.env.N ?? 100000);
const tr = readTrace(tracePath('automerge-paper')); const doc = new Doc(); const text = doc.getText('text'); const ups: Uint8Array[] = [];
doc.on('update', (u: Uint8Array) => ups.push(u));
for (const p of tr.transactions.slice(0, N)) doc.transact(() => { for (const [a,r,i] of p) { if (r) text.delete(a,r); if (i) text.insert(a,i);} });
const dir = mkdtempSync(join(tmpdir(),'copse-dbg-'));
const node = await startNode(join(dir,'data'), ['--log-level','warn']);
const ada = await openCopse(node.setup, { keep: new MemoryKeep(), name: 'Ada' }); const site = await ada.found({ title: 'L' });
const log = site.log('documents/p', { codec: documentCodec });
const fl = new Set<Promise<unknown>>(); for (const u of ups) { const a: Promise<unknown> = log.append(Uint8Array.of(1,...u)).finally(()=>fl.delete(a)); fl.add(a); if (fl.size>=200) await Promise.race(fl);} await Promise.all(fl);
for (let k=0;k<3;k++) {
const link = await site.invite(); const ben = await openCopse(link, { keep: new MemoryKeep(), name: 'B' }); const s2 = await ben.join(link);
const d = new Doc(); const c0 = process.cpuUsage(); const t0 = performance.now();
const pr = new CopseProvider(s2.log('documents/p', { codec: documentCodec }), d, { awareness: null, snapshots: false });
await new Promise<void>((r) => pr.on('sync', (x) => x && r()));
const c = process.cpuUsage(c0); console.log('open', N, (performance.now()-t0).toFixed(0), 'cpu', ((c.user+c.system)/1000).toFixed(0), c.user/1000|0);
await pr.close(); await ben.close(); }
await ada.close(); await node[Symbol.asyncDispose](); rmSync(dir,{recursive:true});
