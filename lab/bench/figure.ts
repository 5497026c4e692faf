/** What a benchmark measures, and the small statistics under it. Values are medians; the spread is min–max. */

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** Lowest and highest of the counted runs. */
  readonly spread: readonly [number, number];
  /** CPU microseconds of the measured process per operation, or null where an operation has no meaning. */
  readonly cpuPerOp: number | null;
  /** The same work done by others in the same run. */
  readonly rivals: Readonly<Record<string, number>>;
  /** Resident memory of the measured process at the end, or null. */
  readonly rssMb: number | null;
}

export interface BenchOptions {
  /** Shorter runs, for a first look: the whole set ends within five minutes. */
  readonly quick: boolean;
  note(line: string): void;
}

export interface Bench {
  readonly name: string;
  run(options: BenchOptions): Promise<readonly Figure[]>;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function spread(values: readonly number[]): readonly [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}
