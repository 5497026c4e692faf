/**
 * Modules that the client loads when it first needs them. A seed must not wait for the real disk, which takes
 * another time each time: all that any source of the client loads so is loaded here, before the first seed
 * (SPEC X1).
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const CLIENT = join(import.meta.dirname, '../../../core/src/client');
const LOADED_LATER = /import\('\.\/([a-z-]+\.ts)'\)/g;

const sources = readdirSync(CLIENT).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
const names = sources.flatMap((source) =>
  [...readFileSync(join(CLIENT, source), 'utf8').matchAll(LOADED_LATER)].map(([, name = '']) => name),
);
await Promise.all([...new Set(names)].map((name) => import(`copse/internal/client/${name}`)));
