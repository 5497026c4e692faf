/** A moment, in few words; the whole date on hover and for machines. */

import type { JSX } from 'solid-js';
import { useApp } from '../model/app.ts';

interface TimeProps {
  readonly ms: number;
  readonly as?: 'ago' | 'short' | 'recent' | 'until';
}

export function Time(props: TimeProps): JSX.Element {
  const { words, nowMs } = useApp();
  const text = (): string => {
    switch (props.as) {
      case 'short':
        return words.short(props.ms, nowMs());
      case 'recent':
        return words.recent(props.ms, nowMs());
      case 'until':
        return words.until(props.ms, nowMs());
      default:
        return words.ago(props.ms, nowMs());
    }
  };
  return (
    <time dateTime={new Date(props.ms).toISOString()} title={words.full(props.ms)}>
      {text()}
    </time>
  );
}
