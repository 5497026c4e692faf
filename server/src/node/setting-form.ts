/** What a setting is, and whether a value has its form. */

import { Fault } from 'copse/internal/base/fault.ts';

type Kind = 'text' | 'number' | 'boolean' | 'choice';

export interface Setting {
  readonly kind: Kind;
  readonly initial: string | number | boolean;
  readonly doc: string;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  /** Null when a text has the right form, else what form that is. */
  readonly form?: (text: string) => string | null;
  /** What is wrong may hold a secret, and is not repeated. */
  readonly isPrivate?: true;
}

/** The value as its kind is; throws `config` naming what it should be. */
export function checkSetting(name: string, setting: Setting, given: unknown): string | number | boolean {
  const refuse = (want: string): never => {
    const shown = typeof given === 'string' ? given : JSON.stringify(given);
    const instead = setting.isPrivate === true ? '' : `, not \`${shown}\``;
    throw new Fault('config', `\`${name}\` is ${want}${instead}.`);
  };
  switch (setting.kind) {
    case 'text': {
      if (typeof given !== 'string') return refuse('a text');
      const form = setting.form?.(given) ?? null;
      return form === null ? given : refuse(form);
    }
    case 'boolean':
      if (given === true || given === 'true' || given === '1') return true;
      return given === false || given === 'false' || given === '0' ? false : refuse('true or false');
    case 'choice':
      return setting.choices?.includes(String(given)) === true
        ? String(given)
        : refuse(`one of ${setting.choices?.join(', ')}`);
    case 'number': {
      const value = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given;
      const { min = 0, max = Number.MAX_SAFE_INTEGER } = setting;
      if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
        return refuse(`a whole number from ${min} to ${max}`);
      }
      return value;
    }
  }
}
