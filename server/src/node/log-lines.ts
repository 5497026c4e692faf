/** Log lines on standard error: one event a line, as text for people or JSON for machines. No secrets come here (SPEC G6). */

import type { Env, LogLevel } from 'copse/internal/base/env.ts';

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

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
    options.write(
      options.format === 'json'
        ? JSON.stringify({ time, level, event, ...fields })
        : textLine(time, level, event, fields),
    );
  };
}

function textLine(
  time: string,
  level: LogLevel,
  event: string,
  fields: Readonly<Record<string, unknown>>,
): string {
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${quote(String(value))}`);
  return [time.slice(11, 23), level.padEnd(5), event, ...rest].join(' ');
}

/** One line per event whatever a field holds: control characters and spaces are escaped. */
function quote(value: string): string {
  return /^[\w.:/@+-]*$/.test(value) ? value : JSON.stringify(value);
}
