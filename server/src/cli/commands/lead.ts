/** `copse lead`: this device leads a log, by a ready rule, one that a module says or by taking everything. */

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import type { Decision, Maker, Sequencer } from 'copse/internal/client/index.ts';
import { jsonSequencer, mapSequencer } from 'copse/internal/sequencers.ts';
import type { Context } from '../context.ts';
import { open, siteCalled } from '../person.ts';
import { Signals } from '../signals.ts';

const TAKES_ALL: Sequencer<unknown> = { apply() {}, decide: () => ({ kind: 'take' }) };

const RULES: ReadonlyMap<string, () => Sequencer<unknown>> = new Map([
  ['json', jsonSequencer],
  ['map', mapSequencer],
]);

/** By what the log is led: a module, the name of a ready rule, or neither. */
export interface RuleChoice {
  readonly module: string | undefined;
  readonly rule: string | undefined;
}

/** Leads until a signal comes; the next candidate goes on at once. */
export async function lead(
  context: Context,
  [site, name]: readonly [site: string, log: string],
  choice: RuleChoice,
): Promise<void> {
  const make = await sequencerOf(choice);
  const signals = new Signals();
  await using copse = await open(context);
  const log = siteCalled(copse, site).log(name);
  const { output } = context;
  const lead = await log.lead(() => telling(make(), output));
  const say = (): void => {
    const [status, trouble] = [lead.status.get(), lead.trouble.get()];
    output.item(trouble === null ? status : `${status}: ${trouble.message}`, {
      status,
      trouble: trouble?.code ?? null,
    });
  };
  lead.status.subscribe(say);
  const refused = new Promise<never>((_, reject) => {
    lead.trouble.subscribe(() => {
      const trouble = lead.trouble.get();
      if (trouble?.retry === 'never') reject(trouble);
    });
  });
  say();
  try {
    await Promise.race([signals.next(), refused]);
    // Without a connection there is nothing to give back.
    await lead.stop().catch(() => {});
  } finally {
    signals.ignore();
  }
}

async function sequencerOf({ module, rule }: RuleChoice): Promise<() => Sequencer<unknown>> {
  if (module !== undefined && rule !== undefined)
    throw new Fault('usage', 'Give a module or `--rule`, not both.');
  if (rule === undefined) return module === undefined ? () => TAKES_ALL : sequencerIn(module);
  const make = RULES.get(rule);
  if (make === undefined) throw new Fault('usage', `There is no rule ${rule}; there are json and map.`);
  return make;
}

/** What the module exports by default: a class, or a function that makes a sequencer for each lead. */
async function sequencerIn(module: string): Promise<() => Sequencer<unknown>> {
  let loaded: { readonly default?: unknown };
  try {
    loaded = await import(pathToFileURL(resolve(module)).href);
  } catch (cause) {
    throw new Fault('usage', `The module ${module} does not load: ${messageOf(cause)}`, { cause });
  }
  const made = loaded.default;
  if (typeof made !== 'function') {
    throw new Fault('usage', `The module ${module} has no default export that is a class or a function.`);
  }
  const make = (): unknown =>
    isClass(made) ? Reflect.construct(made, []) : Reflect.apply(made, undefined, []);
  if (!isSequencer(make())) {
    throw new Fault('usage', `What ${module} makes has no methods \`apply\` and \`decide\`.`);
  }
  return () => {
    const sequencer = make();
    if (!isSequencer(sequencer)) throw new Fault('usage', `${module} makes no sequencer any more.`);
    return sequencer;
  };
}

function isClass(made: object): boolean {
  return Function.prototype.toString.call(made).startsWith('class');
}

function isSequencer(value: unknown): value is Sequencer<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return 'apply' in value && 'decide' in value && typeof value.decide === 'function';
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : asFault(thrown).message;
}

/** The sequencer, with a line for each of its decisions. */
function telling(sequencer: Sequencer<unknown>, output: Context['output']): Sequencer<unknown> {
  return {
    apply: (value, by) => sequencer.apply(value, by),
    decide(value, by) {
      const decision = checked(sequencer.decide(value, by));
      output.item(lineOf(decision, value, by), { ...decision, of: value, device: by.device, user: by.user });
      return decision;
    },
  };
}

/** A module may answer anything. */
function checked(decision: Decision<unknown>): Decision<unknown> {
  if (decision?.kind === 'take' || decision?.kind === 'change') return decision;
  if (decision?.kind === 'refuse') return { kind: 'refuse', reason: decision.reason };
  throw new Fault('usage', 'A decision is `take`, `change` with a value, or `refuse` with a reason.');
}

function lineOf(decision: Decision<unknown>, value: unknown, { user, device }: Maker): string {
  const what = `${user ?? device}: ${JSON.stringify(value)}`;
  switch (decision.kind) {
    case 'take':
      return `take    ${what}`;
    case 'change':
      return `change  ${what} to ${JSON.stringify(decision.value)}`;
    case 'refuse':
      return `refuse  ${what}: ${decision.reason}`;
  }
}
