/**
 * `docs/protocol.md`: how to speak to a node, for those who write another implementation. The prose is in
 * `protocol/*.md`; what the program knows better (limits, faults, domains, messages, vectors) is put in the
 * places that the prose names in double braces. A name that nothing answers to stops the generator.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { protocolFloor, protocolName, protocolVersion } from '../../core/src/api/version.ts';
import { FAULTS } from '../../core/src/base/fault.ts';
import { describeContract } from '../../core/src/wire/describe.ts';
import { contractsIn } from './contracts.ts';
import { domainsTable, isLabel, spokenLabels } from './protocol-domains.ts';
import { protocolLimits } from './protocol-limits.ts';
import { vectorExample, vectorsTable } from './protocol-vectors.ts';

type Place = (argument: string) => string;

const PLACE = /\{\{(\w+)(?: ([^}]+))?\}\}/g;
const PROSE = 'scripts/docs/protocol';
const WRITTEN_BY_MACHINE = '<!-- Made by `npm run docs`; the prose is in scripts/docs/protocol. -->';
/** Close codes of WebSocket for applications. */
const CLOSE_FIRST = 4000;

export async function protocolPage(root: string): Promise<string> {
  const contracts = await contractsIn(root);
  const mentioned = new Set<string>();
  const mention: Place = (label) => {
    if (!isLabel(label)) throw new Error(`the page names the domain ${label}, which nothing declares`);
    mentioned.add(label);
    return label;
  };
  const places: Readonly<Record<string, Place>> = {
    protocol: () => protocolName,
    version: () => String(protocolVersion),
    floor: () => String(protocolFloor),
    limit: (name) => limitOf(name).toLocaleString('en-US'),
    fault: (code) => `\`${code}\` (${faultOf(code)})`,
    closeCode: (code) => String(CLOSE_FIRST + faultOf(code)),
    label: mention,
    domain: (label) => `\`${mention(label)}\``,
    domains: () => domainsTable(root),
    faults: faultsTable,
    // A level below the chapter.
    contracts: () => contracts.map(describeContract).join('\n').replaceAll(/^#/gm, '##'),
    vectors: () => vectorsTable(root),
    example: (argument) => exampleOf(root, argument),
  };
  const prose = readdirSync(join(root, PROSE))
    .filter((name) => name.endsWith('.md'))
    .toSorted()
    .map((name) => readFileSync(join(root, PROSE, name), 'utf8').trim());
  const page = prose.join('\n\n').replaceAll(PLACE, (_, name: string, argument: string | undefined) => {
    const place = places[name];
    if (place === undefined) throw new Error(`nothing answers to {{${name}}}`);
    return place(argument ?? '');
  });
  const forgotten = spokenLabels.filter((label) => !mentioned.has(label));
  if (forgotten.length > 0) throw new Error(`the page does not say what ${forgotten.join(', ')} is for`);
  return `${WRITTEN_BY_MACHINE}\n\n${page.replaceAll(/\n{3,}/g, '\n\n').trimEnd()}\n`;
}

function limitOf(name: string): number {
  const found = Object.entries(protocolLimits).find(([limit]) => limit === name);
  if (found === undefined) throw new Error(`${name} is not among the limits of the protocol`);
  return found[1];
}

function faultOf(code: string): number {
  const found = Object.entries(FAULTS).find(([name]) => name === code);
  if (found === undefined) throw new Error(`there is no fault ${code}`);
  return found[1].number;
}

function faultsTable(): string {
  const rows = Object.entries(FAULTS).map(
    ([code, { number, retry, what }]) =>
      `| ${number} | \`${code}\` | ${retry} | ${what.replaceAll('|', '\\|')} |`,
  );
  return ['| number | code | class | |', '|---|---|---|---|', ...rows].join('\n');
}

/** `entries.json "a title"` */
function exampleOf(root: string, argument: string): string {
  const [, file, title] = /^(\S+) "([^"]+)"$/.exec(argument) ?? [];
  if (file === undefined || title === undefined)
    throw new Error(`an example is FILE "TITLE", not ${argument}`);
  return vectorExample(root, file, title);
}
