/** A store in memory: the last row of each key. */

import type { Row } from '../saving.ts';

export class Store {
  readonly #rows = new Map<string, Row>();

  write(rows: readonly Row[]): void {
    for (const row of rows) {
      if (row.kind === 'site-gone') {
        this.#drop(row.site);
        continue;
      }
      if (row.kind === 'logs-gone') {
        this.#drop(row.site, 'log');
        continue;
      }
      const key = keyOf(row);
      if (row.kind.endsWith('-gone')) this.#rows.delete(key);
      else this.#rows.set(key, row);
    }
  }

  #drop(site: string, kind?: Row['kind']): void {
    for (const [key, row] of this.#rows) {
      const isOne = kind === undefined ? row.kind !== 'listener' : row.kind === kind;
      if ('site' in row && row.site === site && isOne) this.#rows.delete(key);
    }
  }

  rows(): readonly Row[] {
    return [...this.#rows.values()];
  }
}

function keyOf(row: Row): string {
  switch (row.kind) {
    case 'site':
      return `site ${row.site}`;
    case 'log':
      return `log ${row.site} ${row.log}`;
    case 'listener':
    case 'listener-gone':
      return `listener ${row.device} ${row.site}`;
    case 'window':
    case 'window-gone':
      return `window ${row.device}`;
    case 'site-gone':
    case 'logs-gone':
      return `site ${row.site}`;
    case 'mark':
    case 'mark-gone':
      return `mark ${row.user} ${row.site} ${row.log}`;
  }
}
