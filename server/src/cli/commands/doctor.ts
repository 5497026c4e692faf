/** `copse doctor`: what is wrong with a node and its data, and what to do (SPEC N6). */

import { FAULT_HELP } from 'copse/internal/base/fault-help.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { diagnose, type Diagnosis } from '../../node/doctor/doctor.ts';
import { problem, type Finding } from '../../node/doctor/finding.ts';
import { loadSettings } from '../../node/load-settings.ts';
import type { Given } from '../../node/settings.ts';
import type { Context } from '../context.ts';
import type { ExitName } from '../output.ts';

export async function doctor(context: Context, flags: Given): Promise<ExitName> {
  const diagnoses: Diagnosis[] = [];
  for await (const diagnosis of all(context, flags)) {
    diagnoses.push(diagnosis);
    context.output.progress(`looked at ${diagnosis.name}`);
  }
  context.output.progress('');
  const findings = diagnoses.flatMap((diagnosis) => diagnosis.findings);
  const problems = findings.filter(({ level }) => level === 'problem').length;
  const warnings = findings.length - problems;
  const sum =
    findings.length === 0 ? 'All is well.' : `${count(problems, 'problem')}, ${count(warnings, 'warning')}.`;
  const text = [...diagnoses.flatMap(linesOf), '', sum].join('\n');
  context.output.result(text, { problems, warnings, checks: diagnoses });
  return problems === 0 ? 'done' : 'data';
}

async function* all(context: Context, flags: Given): AsyncGenerator<Diagnosis> {
  const settings = settingsOf(context, flags);
  if ('finding' in settings) {
    yield { name: 'settings', findings: [settings.finding], skipped: null };
    return;
  }
  yield { name: 'settings', findings: [], skipped: null };
  yield* diagnose(settings, context.env, nativePrimitives());
}

function settingsOf(context: Context, flags: Given): ReturnType<typeof loadSettings> | { finding: Finding } {
  try {
    return loadSettings(flags, context.environment);
  } catch (thrown) {
    const { code, message } = asFault(thrown);
    return { finding: problem('settings', message, FAULT_HELP[code].hint) };
  }
}

function linesOf({ name, findings, skipped, note }: Diagnosis): readonly string[] {
  if (skipped !== null) return [`skipped  ${name}: ${skipped}`];
  if (findings.length === 0) return [`ok       ${name}${note === undefined ? '' : `: ${note}`}`];
  return findings.flatMap(({ level, where, what, todo }) => [
    `${level.padEnd(8)} ${where}: ${what}`,
    `         ${todo}`,
  ]);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
