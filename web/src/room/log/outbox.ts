/** What this page sent and what was refused. The queue itself is the SDK's and survives the page. */

import { createSignal, type Accessor } from 'solid-js';
import type { FailedEntry } from '../../logic/rows.ts';
import { faultWords } from '../../model/app.ts';
import type { Log, UserId } from '../../model/sdk.ts';

type Mentions = readonly UserId[] | 'everyone';

export interface Outbox {
  readonly failed: Accessor<readonly FailedEntry[]>;
  /** What people say is news to those who are away, and to whom it mentions before all (SPEC I1). */
  readonly send: (value: unknown, mentions: Mentions) => void;
  /** How many were sent from this page. */
  readonly sentCount: Accessor<number>;
  readonly retry: (id: string) => void;
  readonly discard: (id: string) => void;
}

export function createOutbox(log: Log): Outbox {
  const [failed, setFailed] = createSignal<readonly FailedEntry[]>([]);
  let count = 0;
  const [sentCount, setSentCount] = createSignal(0);
  const mentionsById = new Map<string, Mentions>();
  const send = (value: unknown, mentions: Mentions): void => {
    const timeMs = Date.now();
    setSentCount((sent) => sent + 1);
    const options = mentions.length === 0 ? { news: true } : { news: true, mentions };
    log.append(value, options).catch((thrown: unknown) => {
      const { what, hint } = faultWords(thrown);
      const id = String(++count);
      mentionsById.set(id, mentions);
      setFailed((before) => [...before, { id, timeMs, value, why: `${what} ${hint}` }]);
    });
  };
  const discard = (id: string): void => {
    setFailed((before) => before.filter((entry) => entry.id !== id));
  };
  return {
    failed,
    send,
    sentCount,
    discard,
    retry(id) {
      const entry = failed().find((candidate) => candidate.id === id);
      discard(id);
      if (entry !== undefined) send(entry.value, mentionsById.get(id) ?? []);
    },
  };
}
