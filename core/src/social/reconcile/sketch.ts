/**
 * Sketches of a set without a rate (Yang, Gilad, Alizadeh, "Practical Rateless Set Reconciliation", SIGCOMM 2024):
 * cells in a row without end, each the XOR of some ids, of their checks, and how many they are. From the difference
 * of two rows, a cell at a time, both differences of the sets come out after about one and a half cells for each id
 * in them, in one direction and without asking. Cells change with every item that comes or goes, so a set keeps its
 * first ones ready. Ranges remain for what a row does not decode, whether by chance or because somebody made it so.
 */

import { assert } from '../../base/assert.ts';
import { idBytes } from './item.ts';

/** Id, check and number. */
const ID_WORDS = idBytes / 4;
const CELL_WORDS = ID_WORDS + 3;
const CHECK_AT = ID_WORDS;
const COUNT_AT = ID_WORDS + 2;
const CHANCE = 2 ** 32;

/** The first cells of a set. */
export class Sketch {
  readonly cells: number;
  readonly #words: Int32Array;

  constructor(cells: number) {
    assert(Number.isInteger(cells) && cells > 0, 'a sketch has cells');
    this.cells = cells;
    this.#words = new Int32Array(cells * CELL_WORDS);
  }

  insert(id: Uint8Array): void {
    this.#put(symbolOf(id), 1);
  }

  remove(id: Uint8Array): void {
    this.#put(symbolOf(id), -1);
  }

  /** As it is sent, cell by cell; a beginning of it is a smaller sketch. */
  bytes(cells = this.cells): Uint8Array {
    assert(cells <= this.cells, 'there are that many cells');
    const out = new Uint8Array(cells * sketchCellBytes);
    const view = new DataView(out.buffer);
    for (let word = 0; word < cells * CELL_WORDS; word++) view.setInt32(4 * word, this.#words[word]!, true);
    return out;
  }

  /** Words of a cell, to be taken apart by a decoder. */
  cell(at: number): Int32Array {
    return this.#words.slice(at * CELL_WORDS, (at + 1) * CELL_WORDS);
  }

  #put(symbol: Int32Array, sign: 1 | -1): void {
    const places = new Places(symbol);
    for (let at = 0; at < this.cells; at = places.next()) xor(this.#words, at * CELL_WORDS, symbol, sign);
  }
}

export const sketchCellBytes = 4 * CELL_WORDS;

export interface Decoded {
  /** Ids that are in our sketch and not in theirs. */
  readonly have: readonly Uint8Array[];
  readonly need: readonly Uint8Array[];
  /** Cells of theirs that it took. */
  readonly cells: number;
}

/**
 * Both differences between our sketch and theirs, or null when they do not come out of so many cells: their bytes are
 * then too few, of nothing that there is, or made up.
 */
export function decodeSketch(ours: Sketch, theirs: Uint8Array): Decoded | null {
  const cells = Math.min(ours.cells, Math.floor(theirs.length / sketchCellBytes));
  const decoder = new Decoder();
  const view = new DataView(theirs.buffer, theirs.byteOffset, theirs.byteLength);
  for (let at = 0; at < cells; at++) {
    const cell = ours.cell(at);
    for (let word = 0; word < COUNT_AT; word++)
      cell[word] = cell[word]! ^ view.getInt32(at * sketchCellBytes + 4 * word, true);
    cell[COUNT_AT] = cell[COUNT_AT]! - view.getInt32(at * sketchCellBytes + 4 * COUNT_AT, true);
    if (!decoder.take(cell, cells)) return null;
    if (decoder.isDone) return { have: decoder.have, need: decoder.need, cells: at + 1 };
  }
  return null;
}

class Decoder {
  readonly have: Uint8Array[] = [];
  readonly need: Uint8Array[] = [];
  readonly #cells: Int32Array[] = [];
  /** What was found, and the next cell that it is in. */
  readonly #found: {
    readonly symbol: Int32Array;
    readonly sign: 1 | -1;
    readonly places: Places;
    at: number;
  }[] = [];
  /** Found symbols by the next cell that they are in. */
  readonly #foundAt = new Map<number, number[]>();

  /** The first cell holds every id, so it is empty when all of them have come out. */
  get isDone(): boolean {
    return this.#cells[0] !== undefined && isEmpty(this.#cells[0]);
  }

  /** False when more comes out than cells could hold. */
  take(cell: Int32Array, foundMax: number): boolean {
    const at = this.#cells.push(cell) - 1;
    for (const n of this.#foundAt.get(at) ?? []) this.#apply(n, at);
    this.#foundAt.delete(at);
    const pure = [at];
    for (let next = pure.pop(); next !== undefined; next = pure.pop()) {
      const symbol = pureSymbol(this.#cells[next]!);
      if (symbol === null) continue;
      if (this.#found.length >= foundMax) return false;
      const sign = this.#cells[next]![COUNT_AT] === 1 ? 1 : -1;
      (sign === 1 ? this.have : this.need).push(idOf(symbol));
      const n = this.#found.push({ symbol, sign, places: new Places(symbol), at: 0 }) - 1;
      const found = this.#found[n]!;
      while (found.at < this.#cells.length) pure.push(this.#apply(n, found.at));
    }
    return true;
  }

  /** Takes a found symbol out of a cell, and says which. */
  #apply(n: number, at: number): number {
    const found = this.#found[n]!;
    xor(this.#cells[at]!, 0, found.symbol, found.sign === 1 ? -1 : 1);
    found.at = found.places.next();
    if (found.at >= this.#cells.length)
      this.#foundAt.set(found.at, [...(this.#foundAt.get(found.at) ?? []), n]);
    return at;
  }
}

function xor(words: Int32Array, from: number, symbol: Int32Array, sign: 1 | -1): void {
  for (let word = 0; word < COUNT_AT; word++) words[from + word] = words[from + word]! ^ symbol[word]!;
  words[from + COUNT_AT] = words[from + COUNT_AT]! + sign;
}

function isEmpty(cell: Int32Array): boolean {
  return cell.every((word) => word === 0);
}

/** The single id of a cell with its check, or null when it holds another number of them. */
function pureSymbol(cell: Int32Array): Int32Array | null {
  if (Math.abs(cell[COUNT_AT]!) !== 1) return null;
  const symbol = symbolOf(idOf(cell));
  return symbol[CHECK_AT] === cell[CHECK_AT] && symbol[CHECK_AT + 1] === cell[CHECK_AT + 1] ? symbol : null;
}

function idOf(words: Int32Array): Uint8Array {
  const id = new Uint8Array(idBytes);
  const view = new DataView(id.buffer);
  for (let word = 0; word < ID_WORDS; word++) view.setInt32(4 * word, words[word]!, true);
  return id;
}

/** An id in words, and two words that follow from them and from no XOR of others'. */
function symbolOf(id: Uint8Array): Int32Array {
  const symbol = new Int32Array(ID_WORDS + 2);
  let [low, high] = [0x9e3779b9, 0x85ebca6b];
  for (let word = 0, at = 0; word < ID_WORDS; word++, at += 4) {
    const value = id[at]! | (id[at + 1]! << 8) | (id[at + 2]! << 16) | (id[at + 3]! << 24);
    symbol[word] = value;
    low = mixed(low ^ value);
    high = mixed(Math.imul(high, 31) + value);
  }
  symbol[CHECK_AT] = low;
  symbol[CHECK_AT + 1] = high;
  return symbol;
}

/** The finalizer of MurmurHash3. */
function mixed(value: number): number {
  let word = value;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}

/** The cells of an id, the first being 0: the chance to be in cell n is 1 / (1 + n / 2). */
class Places {
  #state: number;
  #at = 0;

  constructor(symbol: Int32Array) {
    this.#state = symbol[CHECK_AT]! ^ Math.imul(symbol[CHECK_AT + 1]!, 3);
  }

  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    const chance = (mixed(this.#state) >>> 0) + 1;
    this.#at += Math.ceil((this.#at + 1.5) * (Math.sqrt(CHANCE / chance) - 1));
    return this.#at;
  }
}
