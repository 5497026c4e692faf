/** What this page sent and what was refused. The queue itself is the SDK's and survives the page. */

import { createSignal, type Accessor } from 'solid-js';
import type { FailedEntry } from '../../logic/rows.ts';
import { faultWords } from '../../model/app.ts';
import type { Log } from '../../model/sdk.ts';

export interface Outbox {
  readonly failed: Accessor<readonly FailedEntry[]>;
  readonly send: (value: unknown) => void;
  readonly retry: (id: string) => void;
  readonly discard: (id: string) => void;
}

export function createOutbox(log: Log): Outbox {
  const [failed, setFailed] = createSignal<readonly FailedEntry[]>([]);
  let count = 0;
  const send = (value: unknown): void => {
    const timeMs = Date.now();
    log.append(value).catch((thrown: unknown) => {
      const { what, hint } = faultWords(thrown);
      setFailed((before) => [...before, { id: String(++count), timeMs, value, why: `${what} ${hint}` }]);
    });
  };
  const discard = (id: string): void => {
    setFailed((before) => before.filter((entry) => entry.id !== id));
  };
  return {
    failed,
    send,
    discard,
    retry(id) {
      const entry = failed().find((candidate) => candidate.id === id);
      discard(id);
      if (entry !== undefined) send(entry.value);
    },
  };
}
