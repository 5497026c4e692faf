/**
 * `docs/protocol.md`: how to speak to a node, for those who write another implementation. The layout of frames,
 * entries and signed objects is the opening comment of the file that encodes them; the messages are the
 * contracts' own sentences and shapes.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { protocolFloor, protocolName, protocolVersion } from '../../core/src/api/version.ts';
import type { Contract } from '../../core/src/wire/contract.ts';
import { describeContract } from '../../core/src/wire/describe.ts';

/** Title of a section and the file whose opening comment is its text. */
const SECTIONS: readonly (readonly [title: string, path: string])[] = [
  ['Numbers', 'core/src/wire/buffer.ts'],
  ['Frames', 'core/src/wire/frame.ts'],
  ['Entries', 'core/src/wire/entry.ts'],
  ['Deterministic CBOR', 'core/src/wire/cbor.ts'],
  ['Signed objects', 'core/src/capability/cose.ts'],
];

export async function protocolPage(root: string): Promise<string> {
  const contracts = await contractsIn(join(root, 'core/src/api'));
  const sections = SECTIONS.map(([title, path]) => `## ${title}\n\n${openingComment(join(root, path))}\n`);
  return [
    `# Protocol ${protocolName}\n`,
    `Made from the declarations in \`core/src\` by \`npm run docs\`. This is version ${protocolVersion}; a node still speaks version ${protocolFloor}. ` +
      'Golden bytes for every message, valid and invalid, are in `lab/vectors`; the rules are in `SPEC.md`; faults are in `faults.md`, limits in `limits.md`.\n',
    ...sections,
    ...contracts.map(describeContract),
  ]
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .replace(/\n*$/, '\n');
}

/** Every contract that a module of the folder exports, in the order of the modules' names. */
async function contractsIn(folder: string): Promise<readonly Contract[]> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const contracts: Contract[] = [];
  for (const name of names.toSorted()) {
    const module: Readonly<Record<string, unknown>> = await import(join(folder, name));
    contracts.push(...Object.values(module).filter(isContract));
  }
  return contracts;
}

function isContract(value: unknown): value is Contract {
  return (
    typeof value === 'object' && value !== null && 'calls' in value && 'casts' in value && 'pushes' in value
  );
}

/** The text of the comment that a file opens with, its rule references left in. */
function openingComment(path: string): string {
  const text = /^\/\*\*([\s\S]*?)\*\//.exec(readFileSync(path, 'utf8'))?.[1];
  if (text === undefined) throw new Error(`${path} does not open with a comment`);
  return text
    .split('\n')
    .map((line) => line.replace(/^ \* ?/, '').replace(/^ {2,3}(?=\S| )/, '    '))
    .join('\n')
    .trim();
}
