/** The golden vectors in the page: what each file holds, and one of them printed as an example. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface VectorFile {
  readonly about: string;
  readonly valid: readonly Readonly<Record<string, unknown>>[];
  readonly invalid: readonly unknown[];
}

const FOLDER = 'lab/vectors';
/** Bytes of a printed line. */
const LINE_BYTES = 32;

function readVectors(root: string, name: string): VectorFile {
  const file: VectorFile = JSON.parse(readFileSync(join(root, FOLDER, name), 'utf8'));
  return file;
}

export function vectorsTable(root: string): string {
  const names = readdirSync(join(root, FOLDER))
    .filter((name) => name.endsWith('.json') && name !== 'contracts.json')
    .toSorted();
  const rows = names.map((name) => {
    const { about, valid, invalid } = readVectors(root, name);
    return `| [\`${name}\`](../${FOLDER}/${name}) | ${valid.length} | ${invalid.length} | ${about.replaceAll('|', '\\|')} |`;
  });
  return ['| file | valid | invalid | |', '|---|---|---|---|', ...rows].join('\n');
}

/** One valid vector, its fields line by line. */
export function vectorExample(root: string, name: string, title: string): string {
  const vector = readVectors(root, name).valid.find((one) => one.name === title);
  if (vector === undefined) throw new Error(`${name} has no vector "${title}"`);
  const lines = fieldsOf(vector).map(([field, text]) => `${field.padEnd(12)} ${text}`);
  return `For example (\`${name}\`, "${title}"):\n\n\`\`\`\n${lines.join('\n')}\n\`\`\``;
}

function fieldsOf(record: Readonly<Record<string, unknown>>): readonly (readonly [string, string])[] {
  return Object.entries(record).flatMap(([field, value]): readonly (readonly [string, string])[] => {
    if (field === 'name') return [];
    if (typeof value === 'object' && value !== null) return fieldsOf({ ...value });
    return [[field, wrapped(String(value))]];
  });
}

/** Hex in lines that begin in one column. */
function wrapped(text: string): string {
  if (!/^[0-9a-f]{66,}$/.test(text)) return text;
  return (text.match(new RegExp(`.{1,${2 * LINE_BYTES}}`, 'g')) ?? []).join(`\n${' '.repeat(13)}`);
}
