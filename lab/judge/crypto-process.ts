/** The judge inside one process of Node or Bun: `crypto-process CASES.json` prints its report as JSON. */

import { readFileSync } from 'node:fs';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { isCases } from './crypto-case.ts';
import { judge } from './crypto-suite.ts';

const cases: unknown = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
if (!isCases(cases)) throw new Error('the first argument names a file of cases');
const { bun, node } = process.versions;
const runtime = bun === undefined ? `Node ${node}` : `Bun ${bun}`;
console.log(JSON.stringify({ runtime, ...(await judge(nativePrimitives(), cases)) }));
