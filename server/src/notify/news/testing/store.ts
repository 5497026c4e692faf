/** A store in memory: the last row of each key. */

import type { Row } from '../saving.ts';

export class Store {
  readonly #rows = new Map<string, Row>();

  write(rows: readonly Row[]): void {
    for (const row of rows) {
      const key = keyOf(row);
      if (row.kind.endsWith('-gone')) this.#rows.delete(key);
      else this.#rows.set(key, row);
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
    case 'mark':
    case 'mark-gone':
      return `mark ${row.user} ${row.site} ${row.log}`;
  }
}
