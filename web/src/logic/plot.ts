/** A small live plot as the outlines of an SVG: the line, the area under it, and the highest value. */

export interface Plot {
  readonly line: string;
  readonly area: string;
  readonly max: number;
}

export interface PlotSize {
  readonly width: number;
  readonly height: number;
  /** Samples that fill the width; the newest is always at the right edge. */
  readonly capacity: number;
}

export function plotOf(samples: readonly number[], { width, height, capacity }: PlotSize): Plot {
  const shown = samples.slice(-capacity);
  const max = Math.max(0, ...shown);
  const step = width / (capacity - 1);
  const left = width - (shown.length - 1) * step;
  // A plot of nothing is a line at the bottom, not one in the middle.
  const scale = max === 0 ? 0 : (height - 2) / max;
  const points = shown.map((value, at) => `${round(left + at * step)} ${round(height - 1 - value * scale)}`);
  if (points.length === 0) return { line: '', area: '', max };
  const line = `M${points.join('L')}`;
  return { line, area: `${line}L${width} ${height}L${round(left)} ${height}Z`, max };
}

/** Keeps the newest samples. */
export function withSample(samples: readonly number[], sample: number, capacity: number): readonly number[] {
  return [...samples.slice(1 - capacity), sample];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
