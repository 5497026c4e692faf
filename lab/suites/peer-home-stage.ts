/** The peer of a browser on the engine of the server, beside that of its node: for tests of what it promises. */

import { peerApi, type Interest, type PeerRemote } from 'copse/internal/api/peer.ts';
import { concat } from 'copse/internal/base/bytes.ts';
import { Fault, FAULT_CODES } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { PeerHome } from 'copse/internal/browser/peer/home.ts';
import { homeApi, type HomeRemote } from 'copse/internal/browser/peer/home-api.ts';
import { HomeKeep } from 'copse/internal/browser/peer/keep.ts';
import { direct } from 'copse/internal/link/direct.ts';
import { linkPair } from 'copse/internal/link/link.ts';
import { dial } from 'copse/internal/link/remote.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { readMessage } from 'copse/internal/social/message/message.ts';
import type { PeerSession } from 'copse/internal/social/peer/session.ts';
import type { SqlDatabase, SqlStatement } from 'copse/internal/social/store/sql.ts';
import { SqlitePeer } from 'copse/internal/social/store/sqlite.ts';
import type { PeerStore } from 'copse/internal/social/store/store.ts';
import { openMigrated } from '../../server/src/store/migrate.ts';
import { PEER_SCHEMA } from '../../server/src/store/peer.ts';
import { primitives, turns, type PeerStage, type Person } from './peer-stage.ts';

/** What a browser keeps while it is closed, on the engine of the server. */
export class Disk {
  isFull = false;
  /** Statements that find no room. */
  refuses: RegExp | null = null;
  /** Of all that was read: messages. */
  readBytes = 0;
  readonly database = openMigrated(':memory:', PEER_SCHEMA, {
    pageBytes: 4096,
    cacheBytes: 1 << 20,
    checkpointPages: 1_000,
  });
}

export interface Tab {
  readonly remote: PeerRemote;
  readonly home: HomeRemote;
  readonly heard: string[];
  /** How often it was told what waits. */
  readonly told: () => number;
}

export class Browser implements AsyncDisposable {
  readonly #stage: PeerStage;
  readonly #user: Key;
  readonly store: PeerStore;
  readonly home: PeerHome;
  readonly keep: HomeKeep;
  #session: PeerSession | null = null;

  constructor(stage: PeerStage, user: Key, { disk = new Disk(), bytesMax = 1 << 20, isMet = true } = {}) {
    this.#stage = stage;
    this.#user = user;
    this.store = new SqlitePeer({
      database: { ...lent(disk) },
      primitives,
      env: stage.env,
    });
    this.keep = new HomeKeep(lent(disk));
    this.home = new PeerHome({
      env: stage.env,
      primitives,
      store: this.store,
      keep: this.keep,
      user,
      bytesMax,
      soon: (task) => void setImmediate(task),
    });
    // It is known that the node does not answer.
    if (isMet) this.home.down();
  }

  /** `through` may spoil what is asked of the node. */
  async online(through: (node: PeerRemote) => Partial<PeerRemote> = () => ({})): Promise<void> {
    this.#session = this.#stage.peer.open({ user: this.#user, buffered: () => 0 }, this.home.upstream.events);
    const node = direct(peerApi, this.#session, this.#stage.env);
    await this.home.up({ ...node, ...through(node) });
    await turns(20);
  }

  offline(): void {
    this.home.down();
    this.#session?.[Symbol.dispose]();
  }

  /** What the node has not taken, and why. */
  outgoing(): readonly string[] {
    return this.home.state.outgoing.map(({ state, fault }) =>
      `${state} ${FAULT_CODES.get(fault) ?? ''}`.trim(),
    );
  }

  tab(): Tab {
    const [here, there] = linkPair();
    this.home.serve(there);
    const heard: string[] = [];
    const { remote, facet } = dial(
      peerApi,
      here,
      {
        messages: ({ rows }) =>
          heard.push(...rows.map(({ message }) => readMessage(primitives, message).text)),
        caughtUp: () => {},
      },
      this.#stage.env,
    );
    let told = 0;
    return { remote, heard, home: facet(homeApi, { changed: () => void told++ }), told: () => told };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.home[Symbol.asyncDispose]();
  }
}

/** Closed by nobody: another browser opens the same files. */
function lent(disk: Disk): SqlDatabase {
  return {
    prepare: (sql) => lentStatement(disk, sql),
    transaction(task) {
      if (disk.isFull) throw new Fault('full');
      return disk.database.transaction(task);
    },
    close: () => {},
  };
}

function lentStatement<Row>(disk: Disk, sql: string): SqlStatement<Row> {
  const statement: SqlStatement<Row> = disk.database.prepare(sql);
  return {
    get: (...values) => statement.get(...values),
    all(...values) {
      const rows = statement.all(...values);
      const bytes = rows.map((row) => Object(row).bytes as unknown);
      for (const each of bytes) if (each instanceof Uint8Array) disk.readBytes += each.length;
      return rows;
    },
    run(...values) {
      if (disk.isFull || disk.refuses?.test(sql) === true) throw new Fault('full');
      return statement.run(...values);
    },
  };
}

export const posts = (who: Key): Interest => ({ relation: 'posts', key: who.slice(0, 16) });

export async function texts(remote: PeerRemote, of: readonly Interest[]): Promise<readonly string[]> {
  const { rows } = await remote.page({ of: [...of], before: null, rows: 100 });
  return rows.map(({ message, edit }) => readMessage(primitives, edit ?? message).text);
}

export async function follow(person: Person, ...whom: readonly Person[]): Promise<void> {
  const content = concat(...whom.map(({ key }) => key));
  await person.say({ kind: KIND.follows, text: '', content });
}
