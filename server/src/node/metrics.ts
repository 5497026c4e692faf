/** Figures of the services in the text format of Prometheus (exposition format 0.0.4) and as rows for people. */

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: string;
}

/** Lines such as `copse_tail_entries_total 12`; figures that are not numbers are labels of `copse_info`. */
export function prometheus(figures: readonly Figure[]): string {
  const numbers = figures.filter((figure) => figure.value !== '' && Number.isFinite(Number(figure.value)));
  const labels = figures.filter((figure) => !numbers.includes(figure));
  const lines = numbers.flatMap((figure) => {
    const name = metricName(figure);
    const type = figure.name.endsWith('Total') ? 'counter' : 'gauge';
    return [`# TYPE ${name} ${type}`, `${name} ${Number(figure.value)}`];
  });
  const info = labels.map((figure) => `${snake(figure.name)}="${escapeLabel(figure.value)}"`).join(',');
  return [...lines, '# TYPE copse_info gauge', `copse_info{${info}} 1`, ''].join('\n');
}

function metricName(figure: Figure): string {
  const unit =
    figure.unit === '' || figure.name.endsWith('Total') ? '' : `_${snake(figure.unit.replace('/', ' per '))}`;
  return `copse_${snake(figure.name)}${unit}`;
}

function snake(text: string): string {
  return text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
