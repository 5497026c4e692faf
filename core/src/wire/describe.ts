/**
 * Contracts as text: the protocol page for people and the canonical form whose hash pins a released
 * version (SPEC G5, W6). Both are made from the declarations themselves, so they cannot be wrong.
 */

import type { Call, Cast, Contract } from './contract.ts';
import type { Shape, Spec } from './shape.ts';

/** The wire form of a shape in one line, without prose: what must never change once released. */
export function canonical(shape: Shape<unknown>): string {
  const { form, parts } = shape.spec;
  if (parts === undefined) return form;
  return `${form}{${parts.map(canonicalPart).join(',')}}`;
}

function canonicalPart(part: NonNullable<Spec['parts']>[number]): string {
  const tag = part.tag === undefined ? '' : `#${part.tag}`;
  return `${part.name}${tag}:${canonical(part.shape)}`;
}

/** The wire form of a contract, a line per message: names are for people, so they are not part of it. */
export function canonicalContract(contract: Contract): string {
  const lines = [
    ...Object.values(contract.calls).map(
      (c) => `call ${c.number} ${canonical(c.request)} -> ${canonical(c.answer)}`,
    ),
    ...Object.values(contract.casts).map((c) => `cast ${c.number} ${canonical(c.message)}`),
    ...Object.values(contract.pushes).map((p) => `push ${p.number} ${canonical(p.message)}`),
  ];
  return `${contract.name}\n${lines.join('\n')}\n`;
}

/** The protocol page's section about one contract, in Markdown. */
export function describeContract(contract: Contract): string {
  const calls = Object.entries(contract.calls);
  const casts = Object.entries(contract.casts);
  const pushes = Object.entries(contract.pushes);
  return [
    `## ${contract.name}\n\n${contract.doc}\n`,
    ...(calls.length > 0 ? ['### Calls\n', ...calls.map(([name, c]) => describeCall(name, c))] : []),
    ...(casts.length > 0 ? ['### Casts\n', ...casts.map(([name, c]) => describeCast(name, c))] : []),
    ...(pushes.length > 0 ? ['### Pushes\n', ...pushes.map(([name, p]) => describeCast(name, p))] : []),
  ].join('\n');
}

function describeCall(name: string, call: Call<unknown, unknown>): string {
  const deadline = `Deadline ${call.deadlineMs / 1000} s.`;
  return `#### ${call.number} \`${name}\`\n\n${call.doc} ${deadline}\n\n${table('request', call.request)}\n${table('answer', call.answer)}`;
}

function describeCast(name: string, cast: Cast<unknown>): string {
  return `#### ${cast.number} \`${name}\`\n\n${cast.doc}\n\n${table('message', cast.message)}`;
}

function table(title: string, shape: Shape<unknown>): string {
  if (shape.bytesMax === 0) return `The ${title} has no fields.\n`;
  const rows = fields(title, shape, 0);
  const body = rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
  return `| ${title} | form | at most | |\n|---|---|---|---|\n${body}\n`;
}

function fields(name: string, shape: Shape<unknown>, depth: number): string[][] {
  const { form, parts } = shape.spec;
  const shown = form.replaceAll('|', '\\|');
  const row = [
    `${'&nbsp;&nbsp;'.repeat(depth)}${name}`,
    `\`${shown}\``,
    `${shape.bytesMax} B`,
    shape.doc.replaceAll('|', '\\|'),
  ];
  const below = (parts ?? []).flatMap((part) =>
    fields(part.tag === undefined ? part.name : `${part.tag} = ${part.name}`, part.shape, depth + 1),
  );
  return [row, ...below];
}
