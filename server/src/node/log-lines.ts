/** Log lines on standard error: one event a line, as text for people or JSON for machines. No secrets come here (SPEC G6). */

import type { Env, LogLevel } from 'copse/internal/base/env.ts';

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

type Fields = Readonly<Record<string, string | number | boolean>>;

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: 'text' | 'json';
  readonly wallMs: () => number;
  readonly write: (line: string) => void;
}

export function logLines(options: LogOptions): Env['log'] {
  const least = ORDER.indexOf(options.level);
  return (level, event, fields = {}) => {
    if (ORDER.indexOf(level) < least) return;
    const time = new Date(options.wallMs()).toISOString();
    const head = { time, level, event };
    options.write(
      options.format === 'json' ? jsonOf({ ...head, ...renamed(fields, head) }) : textOf(head, fields),
    );
  };
}

/** A field never takes the place of what every line has. */
function renamed(fields: Fields, head: object): Fields {
  const entries = Object.entries(fields).map(([name, value]) => [
    Object.hasOwn(head, name) ? `field.${name}` : name,
    value,
  ]);
  return Object.fromEntries(entries);
}

interface Head {
  readonly time: string;
  readonly level: LogLevel;
  readonly event: string;
}

function textOf({ time, level, event }: Head, fields: Fields): string {
  const rest = Object.entries(fields).map(([name, value]) => `${quote(name)}=${quote(String(value))}`);
  return [time.slice(11, 23), level.padEnd(5), event, ...rest].join(' ');
}

/** A word stays as it is; anything else is quoted. */
function quote(value: string): string {
  return /^[\w.:/@+-]+$/.test(value) ? value : jsonOf(value);
}

/** JSON leaves some characters alone that end lines or move cursors; here they are escaped too. */
function jsonOf(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
