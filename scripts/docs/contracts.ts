/**
 * `lab/vectors/contracts.json`: what `docs/protocol.md` says of messages, faults and limits, for programs. An
 * implementation in another language may read its codecs from it; the judge does (`lab/judge/protocol.py`).
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { protocolFloor, protocolName, protocolVersion } from '../../core/src/api/version.ts';
import { FAULTS } from '../../core/src/base/fault.ts';
import type { Call, Cast, Contract } from '../../core/src/wire/contract.ts';
import { shapeJson } from '../../lab/vectors/shape-json.ts';
import { protocolLimits } from './protocol-limits.ts';

const FOLDER = 'core/src/api';

/** Every contract that a module of the interface exports, in the order of the modules' names. */
export async function contractsIn(root: string): Promise<readonly Contract[]> {
  const folder = join(root, FOLDER);
  const names = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const contracts: Contract[] = [];
  for (const name of names.toSorted()) {
    const module: Readonly<Record<string, unknown>> = await import(join(folder, name));
    contracts.push(...Object.values(module).filter(isContract));
  }
  return contracts.filter((each) => !contracts.some((other) => isPartOf(each, other)));
}

/** A client loads some contracts in parts of the same name (decision 12). */
function isPartOf(one: Contract, other: Contract): boolean {
  const countOf = ({ calls }: Contract): number => Object.keys(calls).length;
  return one.name === other.name && countOf(one) < countOf(other);
}

function isContract(value: unknown): value is Contract {
  return (
    typeof value === 'object' && value !== null && 'calls' in value && 'casts' in value && 'pushes' in value
  );
}

/** JSON with a line per fault, limit and message, so that a diff shows what changed. */
export async function contractsFile(root: string): Promise<string> {
  const contracts = await contractsIn(root);
  const faults = Object.entries(FAULTS).map(
    ([code, { number, retry }]) => [code, { number, retry }] as const,
  );
  return [
    '{',
    `"protocol": ${JSON.stringify(protocolName)}, "version": ${protocolVersion}, "floor": ${protocolFloor},`,
    `"faults": ${lines(faults)},`,
    `"limits": ${lines(Object.entries(protocolLimits))},`,
    `"contracts": ${list(contracts.map(contractText))}`,
    '}\n',
  ].join('\n');
}

function contractText({ name, calls, casts, pushes }: Contract): string {
  const of = [
    `"calls": ${lines(Object.entries(calls).map(([title, call]) => [title, callJson(call)]))}`,
    `"casts": ${lines(Object.entries(casts).map(([title, cast]) => [title, castJson(cast)]))}`,
    `"pushes": ${lines(Object.entries(pushes).map(([title, push]) => [title, castJson(push)]))}`,
  ];
  return `{"name": ${JSON.stringify(name)},\n${of.join(',\n')}}`;
}

function callJson({ number, deadlineMs, request, answer }: Call<unknown, unknown>): object {
  return { number, deadlineMs, request: shapeJson(request), answer: shapeJson(answer) };
}

function castJson({ number, message }: Cast<unknown>): object {
  return { number, message: shapeJson(message) };
}

function lines(entries: readonly (readonly [name: string, value: unknown])[]): string {
  if (entries.length === 0) return '{}';
  return `{\n${entries.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(',\n')}\n}`;
}

function list(texts: readonly string[]): string {
  return `[\n${texts.join(',\n')}\n]`;
}
