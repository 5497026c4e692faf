/** How far a browser's peer and the one of its node have told each other; kept with the messages themselves. */

import type { SqlDatabase } from '../../social/store/sql.ts';

export interface Marks {
  /** Of the node's store; null: nothing was told yet. */
  readonly epoch: Uint8Array | null;
  /** Position there up to which everything that is followed has come. */
  readonly at: number;
  /** Position here up to which one's own messages have been brought there. */
  readonly sent: number;
}

export interface MarkKeep {
  read(): Marks;
  write(marks: Marks): void;
}

const NONE: Marks = { epoch: null, at: 0, sent: 0 };

/** Beside the tables of the messages, which they go with when the browser clears its storage. */
export function sqlMarks(database: SqlDatabase): MarkKeep {
  database
    .prepare(
      'CREATE TABLE IF NOT EXISTS upstream (one INTEGER PRIMARY KEY CHECK (one = 1), epoch BLOB, at INTEGER NOT NULL, sent INTEGER NOT NULL) STRICT',
    )
    .run();
  const select = database.prepare<Marks>('SELECT epoch, at, sent FROM upstream WHERE one = 1');
  const update = database.prepare(
    'INSERT INTO upstream (one, epoch, at, sent) VALUES (1, ?, ?, ?) ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, at = excluded.at, sent = excluded.sent',
  );
  return {
    read: () => select.get() ?? NONE,
    write: ({ epoch, at, sent }) => void update.run(epoch, at, sent),
  };
}
