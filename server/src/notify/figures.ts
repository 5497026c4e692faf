/** What the service shows of itself, for its operator (SPEC I23). */

import type { Addresses } from './addresses.ts';
import type { Deliveries } from './deliveries.ts';
import type { Letters } from './letters.ts';
import type { NewsLoop } from './news/loop.ts';
import type { News } from './news/news.ts';
import type { Presence } from './news/presence.ts';
import type { OriginFigures, Sender } from './push/sender.ts';
import type { Saver } from './saver.ts';
import type { TakingBack } from './taking-back.ts';

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: string;
}

export interface Seen {
  readonly news: News;
  readonly presence: Presence;
  readonly addresses: Addresses;
  readonly deliveries: Deliveries;
  readonly takingBack: TakingBack;
  readonly letters: Letters;
  readonly sender: Sender;
  readonly loop: NewsLoop;
  readonly saver: Saver;
  /** What was kept is not all there yet. */
  readonly isLoading: boolean;
  readonly published: number;
  /** Of the neighbourhood. */
  readonly concerned: number;
}

/** Push services that are shown by name: a browser each, and as many of the operator's own. Members can name thousands. */
const ORIGINS_SHOWN = 8;
const SECOND_MS = 1_000;

export function figuresOf(seen: Seen): readonly Figure[] {
  const { news, presence, addresses, deliveries, takingBack, letters, loop, saver } = seen;
  const origins = seen.sender.figures();
  const sum = (of: (each: OriginFigures) => number): number =>
    origins.reduce((total, each) => total + of(each), 0);
  return [
    count('notifyListeners', news.listenerCount),
    count('notifyLoading', seen.isLoading ? 1 : 0),
    count('notifyAddresses', addresses.count),
    count('notifyAddressesGone', addresses.goneCount),
    count('notifyHere', presence.hereCount),
    count('notifyPublishedTotal', seen.published),
    count('notifyConcernedTotal', seen.concerned),
    count(
      'notifySentTotal',
      sum(({ delivered }) => delivered),
    ),
    count(
      'notifyRetriedTotal',
      sum(({ retried }) => retried),
    ),
    count(
      'notifyGoneTotal',
      sum(({ gone }) => gone),
    ),
    count(
      'notifyDeadTotal',
      sum(({ dead }) => dead),
    ),
    count('notifyLettersTotal', letters.count),
    count('notifyUnderWay', deliveries.underWayCount),
    count('notifyWaiting', deliveries.waitingCount),
    count('notifyTakingBack', takingBack.waitingCount),
    count('notifyWithoutAddress', deliveries.homelessCount),
    { name: 'notifyOldest', unit: 's', value: (deliveries.oldestMs / SECOND_MS).toFixed(1) },
    { name: 'notifySweep', unit: 'ms', value: loop.sweepMs.toFixed(1) },
    { name: 'notifyCommit', unit: 'ms', value: saver.figures.tookMs.toFixed(1) },
    count('notifyCommitsTotal', saver.figures.commits),
    ...busiest(origins).flatMap(originFigures),
  ];
}

function busiest(origins: readonly OriginFigures[]): readonly OriginFigures[] {
  const weight = ({ waiting, inFlight, delivered }: OriginFigures): number => waiting + inFlight + delivered;
  return origins.toSorted((a, b) => weight(b) - weight(a)).slice(0, ORIGINS_SHOWN);
}

/** By its host: what stands before it is nearly always the same. */
function originFigures(of: OriginFigures): readonly Figure[] {
  const name = `notifyPush.${of.origin.replace(/^https?:\/\//, '')}`;
  return [
    { name: `${name}.state`, unit: '', value: of.state.kind },
    count(`${name}.closed`, of.state.kind === 'resting' || of.state.kind === 'refused' ? 1 : 0),
    count(`${name}.waiting`, of.waiting + of.inFlight),
    count(`${name}.sentTotal`, of.delivered),
    count(`${name}.retriedTotal`, of.retried),
    count(`${name}.deadTotal`, of.dead),
    count(`${name}.goneTotal`, of.gone),
    { name: `${name}.lag`, unit: 'ms', value: of.lagMs.toFixed(0) },
  ];
}

function count(name: string, value: number): Figure {
  return { name, unit: '', value: String(value) };
}
