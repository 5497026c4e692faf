/**
 * Servers of Yjs documents as their documentation starts them, and their clients: Hocuspocus and y-websocket. Both
 * keep the document in clear and in memory; written down it is only with a database that they are given.
 */

import { join } from 'node:path';
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider';
import type { Doc } from 'yjs';
import { WebsocketProvider } from 'y-websocket';
import { freePort, scratch, start, type Running } from './process.ts';

const ROOT = join(import.meta.dirname, '../../..');

export interface OpenRival {
  readonly synced: Promise<void>;
  close(): void;
}

export interface RivalServer extends AsyncDisposable {
  readonly name: string;
  /** Connects a document, as a page does that opens it. */
  open(doc: Doc, name: string): OpenRival;
}

const HOCUSPOCUS = `
import { Server } from '@hocuspocus/server';
await new Server({ port: Number(process.argv[2]), address: '127.0.0.1', quiet: true }).listen();
`;

export async function hocuspocus(): Promise<RivalServer> {
  const port = freePort();
  const script = join(ROOT, `.hocuspocus-${port}.mjs`);
  await Bun.write(script, HOCUSPOCUS);
  const server = await start(['node', script, String(port)], port, scratch());
  const open = (document: Doc, name: string): OpenRival => {
    const synced = Promise.withResolvers<void>();
    const websocketProvider = new HocuspocusProviderWebsocket({ url: `ws://127.0.0.1:${port}` });
    const onSynced = (): void => synced.resolve();
    const provider = new HocuspocusProvider({ websocketProvider, name, document, onSynced });
    provider.attach();
    const close = (): void => {
      provider.destroy();
      websocketProvider.destroy();
      // Its awareness has a timer.
      document.destroy();
    };
    return { synced: synced.promise, close };
  };
  return { name: 'Hocuspocus', open, [Symbol.asyncDispose]: () => ended(server, script) };
}

export async function yWebsocket(): Promise<RivalServer> {
  const port = freePort();
  const program = join(ROOT, 'node_modules/y-websocket/bin/server.cjs');
  const server = await start(['env', 'HOST=127.0.0.1', `PORT=${port}`, 'node', program], port, scratch());
  const open = (doc: Doc, name: string): OpenRival => {
    const provider = new WebsocketProvider(`ws://127.0.0.1:${port}`, name, doc, { disableBc: true });
    const synced = new Promise<void>((resolve) => {
      provider.on('sync', (isSynced: boolean) => {
        if (isSynced) resolve();
      });
    });
    const close = (): void => {
      provider.destroy();
      doc.destroy();
    };
    return { synced, close };
  };
  return { name: 'y-websocket', open, [Symbol.asyncDispose]: () => ended(server, null) };
}

async function ended(server: Running, script: string | null): Promise<void> {
  await server[Symbol.asyncDispose]();
  if (script !== null) await Bun.file(script).delete();
}
