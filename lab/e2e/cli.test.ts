import { join } from 'node:path';
import { cliSuite } from './support/cli.suite.ts';

const MAIN = join(import.meta.dirname, '../../server/src/cli/main.ts');

cliSuite('from source', () => [process.execPath, MAIN]);
