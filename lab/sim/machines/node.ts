/**
 * The smallest tail that can stand: the sequencer over a simulated disk, with group commit, compaction,
 * retention, attach, lag and recovery. It exists so that the machines of `core/log` can be driven through
 * a thousand histories a second; what users run is simulated by `system/`.
 */

import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import { logId, siteId, type DeviceId } from 'copse/internal/base/ids.ts';
import { commitsInFlightMax } from 'copse/internal/base/limits.ts';
import { putDeclare, putEntries, eachSection, type Section } from 'copse/internal/log/record.ts';
import { newLog, type Batch, type LogState, type Settled } from 'copse/internal/log/batch.ts';
import { Sequencer } from 'copse/internal/log/sequencer.ts';
import { WriterState } from 'copse/internal/log/writer-table.ts';
import { Writer } from 'copse/internal/wire/buffer.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import type { AckRun, Page } from 'copse/internal/api/tail.ts';
import type { WireEnd } from '../network.ts';
import { check } from '../violation.ts';
import type { World } from '../world.ts';
import type { Disk, LogRow, StoredRun } from './disk.ts';
import type { Message, Up } from './messages.ts';

export interface NodeTuning {
  readonly pageBytes: number;
  readonly lagBytes: number;
  /** Entries of a log that retention keeps at least. */
  readonly keepCount: number;
  /** How long a busy node gathers writes before it commits them. */
  readonly gatherMs: number;
}

const SITE = siteId('51'.repeat(16));

interface ServedLog {
  readonly state: LogState;
  /** Durable entries that are kept, in runs as they were committed. */
  runs: StoredRun[];
  readonly live: Set<Connection>;
  keyEpoch: number;
}

class Connection {
  readonly end: WireEnd<Message>;
  readonly device: DeviceId;
  readonly deviceBytes: Uint8Array;
  over = false;

  constructor(end: WireEnd<Message>, deviceBytes: Uint8Array) {
    this.end = end;
    this.deviceBytes = deviceBytes;
    this.device = hex(deviceBytes) as DeviceId;
  }
}

export class MachineNode {
  readonly #world: World;
  readonly #disk: Disk;
  readonly #tuning: NodeTuning;
  readonly #sequencer = new Sequencer<Connection>();
  readonly #logs = new Map<number, ServedLog>();
  readonly #connections = new Set<Connection>();
  readonly refused = new Set<DeviceId>();
  #underWay = 0;
  /** Raised when a commit failed: what was behind it in the line ends too. */
  #line = 0;
  /** Records that were appended and are durable, the compacted ones included. */
  #durableCount = 0;
  #scheduled = false;
  #dead = false;

  constructor(options: { world: World; disk: Disk; logCount: number; tuning: NodeTuning }) {
    this.#world = options.world;
    this.#disk = options.disk;
    this.#tuning = options.tuning;
    this.#recover(options.logCount);
  }

  /** Everything comes from the disk: rows first, then the records that they do not contain. */
  #recover(logCount: number): void {
    const disk = this.#disk;
    for (let number = 1; number <= logCount; number++) {
      const row = disk.rows.get(number);
      const state = newLog(number, SITE, logId(number.toString(16).padStart(32, '0')));
      this.#logs.set(number, { state, runs: [...(row?.chunks ?? [])], live: new Set(), keyEpoch: 1 });
      if (row !== undefined) restore(state, row);
    }
    this.#durableCount = disk.trimmedCount + disk.records.length;
    disk.records.forEach((record, index) => {
      if (disk.trimmedCount + index < disk.rowsCount) return;
      eachSection(record, (section) => this.#replay(record, section));
    });
  }

  #replay(record: Uint8Array, section: Section): void {
    if (section.kind === 'declare') this.log(section.number).state.declared = true;
    if (section.kind !== 'entries') return;
    const { state, runs } = this.log(section.number);
    check(state.declared, 'J2', () => `log ${section.number} has entries and no name in the journal`);
    const { first, count, start, end } = section;
    const bytes = record.subarray(start, end);
    runs.push({ first, count, bytes });
    const cursor = new EntryCursor(bytes);
    for (let at = first; cursor.next(); at++)
      state.writers.replay(cursor.device(), cursor.epoch, cursor.seq, at);
    state.tail = first + count;
    state.durable = state.tail;
  }

  log(number: number): ServedLog {
    return must(this.#logs.get(number), 'a log of the scenario');
  }

  logNumbers(): readonly number[] {
    return [...this.#logs.keys()];
  }

  get pendingBytes(): number {
    return this.#sequencer.pendingBytes;
  }

  get takenCount(): number {
    return this.#sequencer.takenCount;
  }

  connect(end: WireEnd<Message>, deviceBytes: Uint8Array): void {
    const connection = new Connection(end, deviceBytes);
    this.#connections.add(connection);
    end.listen({
      onMessage: (message) => {
        if (!this.#dead && !connection.over) this.#receive(connection, message as Up);
      },
      onClose: () => this.#drop(connection),
    });
  }

  #drop(connection: Connection): void {
    connection.over = true;
    this.#connections.delete(connection);
    for (const { live } of this.#logs.values()) live.delete(connection);
  }

  /** The process ends at once. */
  kill(): void {
    this.#dead = true;
  }

  #receive(connection: Connection, message: Up): void {
    const log = this.log(message.log);
    const { end } = connection;
    switch (message.kind) {
      case 'lease':
        end.send({
          kind: 'leased',
          log: message.log,
          keyEpoch: log.keyEpoch,
          writerEpoch: log.state.writers.newest(connection.device),
        });
        return;
      case 'read':
        end.send({ kind: 'page', log: message.log, page: this.#page(log, message.from) });
        return;
      case 'attach': {
        const page = this.#page(log, message.from);
        if (page.kind === 'page' && page.live) log.live.add(connection);
        else log.live.delete(connection);
        end.send({ kind: 'attached', log: message.log, page });
        return;
      }
      case 'detach':
        log.live.delete(connection);
        return;
      case 'write':
        this.#write(connection, log, message);
    }
  }

  #page(log: ServedLog, from: number): Page {
    const { state, runs } = log;
    if (from < state.first) return { kind: 'trimmed', first: state.first, tail: state.tail };
    const parts: Uint8Array[] = [];
    let at = from;
    let count = 0;
    let bytes = 0;
    for (const run of runs) {
      if (run.first + run.count <= from || bytes >= this.#tuning.pageBytes) continue;
      if (parts.length === 0) at = run.first;
      parts.push(run.bytes);
      bytes += run.bytes.length;
      count += run.count;
    }
    return {
      kind: 'page',
      at,
      count,
      tail: state.tail,
      live: at + count === state.durable,
      entries: joined(parts),
    };
  }

  #write(connection: Connection, log: ServedLog, message: Extract<Up, { kind: 'write' }>): void {
    const { device, deviceBytes, end } = connection;
    const cursor = new EntryCursor(message.entries);
    if (this.refused.has(device)) {
      cursor.next();
      const { epoch, seq } = cursor;
      end.send({ kind: 'nack', log: message.log, epoch, seq, reason: { kind: 'refused', fault: 10 } });
      return;
    }
    try {
      const verdict = this.#sequencer.offer({
        who: connection,
        log: log.state,
        device,
        deviceBytes,
        at: message.at,
        keyEpoch: log.keyEpoch,
        cursor,
      });
      if (verdict !== null) end.send({ kind: 'nack', log: message.log, ...verdict });
    } catch (thrown) {
      end.close(asFault(thrown));
      this.#drop(connection);
    }
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#world.at(this.#tuning.gatherMs, () => {
      this.#scheduled = false;
      if (!this.#dead) this.#commit();
    });
  }

  #commit(): void {
    if (this.#underWay >= commitsInFlightMax) return;
    const batch = this.#sequencer.take();
    if (batch === null) return;
    this.#underWay++;
    const line = this.#line;
    this.#disk.append(recordOf(batch), (ok) => {
      if (this.#dead || line !== this.#line) return;
      this.#underWay--;
      if (ok) this.#committed(batch);
      else this.#failed();
      this.#schedule();
    });
  }

  #committed(batch: Batch<Connection>): void {
    this.#durableCount++;
    this.#sequencer.committed(batch);
    for (const { log: state, first, count, parts } of batch.runs) {
      const log = this.log(state.number);
      const run = { first, count, bytes: joined(parts) };
      log.runs.push(run);
      for (const connection of log.live) this.#push(connection, log, run);
    }
    for (const settled of batch.settled) {
      if (settled.who.over) continue;
      settled.who.end.send({ kind: 'ack', log: settled.log.number, runs: [ackOf(settled)] });
    }
  }

  #push(connection: Connection, log: ServedLog, run: StoredRun): void {
    const { number } = log.state;
    if (connection.end.buffered() > this.#tuning.lagBytes) {
      log.live.delete(connection);
      connection.end.send({ kind: 'lagging', log: number, at: run.first });
      return;
    }
    const { first, count, bytes } = run;
    connection.end.send({ kind: 'entries', log: number, at: first, count, entries: bytes });
  }

  #failed(): void {
    this.#line++;
    this.#underWay = 0;
    for (const { who, log, epoch, seq } of this.#sequencer.failed().settled) {
      if (who.over) continue;
      who.end.send({ kind: 'nack', log: log.number, epoch, seq, reason: { kind: 'full', retryMs: 50 } });
    }
  }

  /** The site has another key. */
  raiseKey(number: number): void {
    this.log(number).keyEpoch++;
  }

  /** Moves everything durable into rows, and lets retention drop what is too old. */
  compact(): void {
    const rows = new Map<number, LogRow>();
    for (const log of this.#logs.values()) {
      this.#retain(log);
      rows.set(log.state.number, rowOf(log));
    }
    this.#disk.compact(rows, this.#durableCount);
  }

  /** Drops whole runs of which nothing is among the newest entries. */
  #retain({ state, runs }: ServedLog): void {
    const keepFrom = state.durable - this.#tuning.keepCount;
    while (runs.length > 0 && runs[0]!.first + runs[0]!.count <= keepFrom) {
      const { first, count } = runs.shift()!;
      state.first = first + count;
    }
  }
}

function recordOf(batch: Batch<Connection>): Uint8Array {
  const writer = new Writer(8 << 20);
  for (const { log, first, count, parts, declare } of batch.runs) {
    if (declare) putDeclare(writer, log.number, log.site, log.log);
    putEntries(writer, { number: log.number, first, count }, parts);
  }
  return writer.take();
}

function ackOf({ epoch, seq, at, count }: Settled<Connection>): AckRun {
  return { epoch, seq, at, count };
}

/** Only what is durable goes into a row, although the machines are ahead of it. */
function rowOf({ state, runs }: ServedLog): LogRow {
  const writers = [...state.writers.all()].map(({ device, floor, states }) => ({
    device,
    floor,
    states: states.map((writer) => ({
      epoch: writer.epoch,
      seq: writer.durable,
      runs: durableRuns(writer),
    })),
  }));
  const { number, site, log, first, durable } = state;
  return { number, site, log, first, tail: durable, chunks: [...runs], writers };
}

/** The runs of a writer without what is in flight to the disk. */
function durableRuns(writer: WriterState): readonly number[] {
  const copy = WriterState.load(writer.epoch, writer.seq, writer.dump());
  if (writer.seq > writer.durable) copy.retract(writer.durable, writer.seq - writer.durable);
  return [...copy.dump()];
}

function restore(state: LogState, row: LogRow): void {
  state.first = row.first;
  state.tail = row.tail;
  state.durable = row.tail;
  state.declared = row.tail > 1;
  for (const { device, floor, states } of row.writers) {
    state.writers.restore(
      device,
      floor,
      states.map(({ epoch, seq, runs }) => WriterState.load(epoch, seq, runs)),
    );
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
