/** The tables of what a node exchanges with others (interface and promises: `exchange.ts`). */

import type { Schema } from './migrate.ts';

export const EXCHANGE_SCHEMA: Schema = {
  name: 'the exchange with other nodes',
  steps: [
    `
    CREATE TABLE own (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      epoch BLOB NOT NULL,
      seq INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE follows (
      user BLOB NOT NULL,
      whom BLOB NOT NULL,
      PRIMARY KEY (user, whom)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX follows_whom ON follows (whom);
    CREATE TABLE place (
      whom BLOB NOT NULL,
      source INTEGER NOT NULL,
      rank INTEGER NOT NULL,
      node BLOB NOT NULL,
      address TEXT NOT NULL,
      PRIMARY KEY (whom, source, rank)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX place_node ON place (node);
    CREATE TABLE cursor (
      node BLOB PRIMARY KEY,
      epoch BLOB NOT NULL,
      seq INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE filled (
      node BLOB NOT NULL,
      target BLOB NOT NULL,
      PRIMARY KEY (node, target)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE thread (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      node BLOB NOT NULL,
      id BLOB NOT NULL,
      UNIQUE (node, id)
    ) STRICT;
    CREATE TABLE carried (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      node BLOB NOT NULL,
      address TEXT NOT NULL,
      message BLOB NOT NULL,
      tries INTEGER NOT NULL,
      due_ms INTEGER NOT NULL,
      UNIQUE (node, message)
    ) STRICT;
    CREATE INDEX carried_due ON carried (node, due_ms);
    `,
    // From when on what was fetched is here is not known of those that were fetched before.
    `
    DELETE FROM filled;
    ALTER TABLE filled ADD COLUMN from_ms INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE filled ADD COLUMN due INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE cursor ADD COLUMN heard_ms INTEGER NOT NULL DEFAULT 0;
    `,
  ],
};
