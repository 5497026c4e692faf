/** Figures of the services in the text format of Prometheus (exposition format 0.0.4) and as rows for people. */

export interface Figure {
  /** In camel case or with points; counters end in `Total`. */
  readonly name: string;
  readonly unit: string;
  readonly value: string;
}

/** Lines such as `copse_tail_entries_total 12`; figures that are not numbers are labels of `copse_info`. */
export function prometheus(figures: readonly Figure[]): string {
  const valueByName = new Map<string, { readonly value: number; readonly isCounter: boolean }>();
  const labelByName = new Map<string, string>();
  for (const figure of figures) {
    const value = Number(figure.value);
    if (figure.value.trim() === '' || !Number.isFinite(value))
      labelByName.set(snake(figure.name), figure.value);
    else valueByName.set(metricName(figure), { value, isCounter: isCounter(figure) });
  }
  const lines = [...valueByName].flatMap(([name, metric]) => [
    `# TYPE ${name} ${metric.isCounter ? 'counter' : 'gauge'}`,
    `${name} ${metric.value}`,
  ]);
  const labels = [...labelByName].map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return [...lines, '# TYPE copse_info gauge', `copse_info{${labels.join(',')}} 1`, ''].join('\n');
}

const isCounter = (figure: Figure): boolean => figure.name.endsWith('Total');

/** A unit that the name already ends with is not said twice: `tailEntries` in entries/s is `tail_entries_per_s`. */
function metricName(figure: Figure): string {
  const name = snake(figure.name);
  if (figure.unit === '' || isCounter(figure)) return `copse_${name}`;
  const [what = '', ...per] = snake(figure.unit.replace('/', ' per ')).split('_');
  const unit = name.endsWith(what) && per.length > 0 ? per : [what, ...per];
  return `copse_${[name, ...unit].join('_')}`;
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
