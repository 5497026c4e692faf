/**
 * Bun plugin: leaves out of the script for pushes what of the SDK is loaded when somebody does something that
 * nobody does while a notification is shown. Each is loaded by `import()` alone; what would be asked for all the
 * same fails as a file that cannot be loaded does, and the notification is shown without a preview.
 */

import { basename } from 'node:path';
import type { BunPlugin } from 'bun';

const LEFT_OUT: ReadonlySet<string> = new Set([
  // Signing in, other devices, the end of an account.
  'entering.ts',
  'email-self.ts',
  'accounts-self.ts',
  'device-self.ts',
  'recovery-self.ts',
  'handed.ts',
  'farewell.ts',
  'at-rest.ts',
  // The log of the node, which every open page looks at.
  'names.ts',
  'founding.ts',
  // Files.
  'files.ts',
  // Leading, folding and cutting logs, and ways around the node.
  'lead.ts',
  'led-seat.ts',
  'led-leader.ts',
  'log-fold.ts',
  'fold-seat.ts',
  'log-snapshots.ts',
  'direct-desk.ts',
  'web-peers.ts',
]);

export const leftOutPlugin: BunPlugin = {
  name: 'left-out',
  setup(build) {
    build.onResolve({ filter: /\.ts$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' && LEFT_OUT.has(basename(path))
        ? { path: basename(path), namespace: 'left-out' }
        : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => ({
      contents: `throw new Error('left out: ${path}'); export {};`,
      loader: 'js',
    }));
  },
};
