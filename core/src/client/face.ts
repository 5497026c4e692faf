/**
 * The line between an application's objects and the home. In one program it never changes; among tabs it
 * moves to another tab when the one with the home closes, and everything that was open is opened there
 * again (SPEC S5).
 */

import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { callMs } from '../base/limits.ts';
import { deferred, type Deferred } from './deferred.ts';
import type { HomeEvents, HomeRemote } from './home-api.ts';

export interface FaceOwner {
  /** Handlers of one home's pushes; those of an earlier one are void. */
  events(): HomeEvents;
  /** A home is there: what was open is opened in it. */
  onHome(home: HomeRemote): void;
  /** There is no home for the moment. */
  onAlone(): void;
}

export class FaceLine {
  readonly env: Env;
  #owner: FaceOwner | null = null;
  #home: HomeRemote | null = null;
  #turn = 0;
  #waiting: Deferred<HomeRemote>[] = [];
  #ended: Fault | null = null;

  constructor(env: Env) {
    this.env = env;
  }

  /** Who is told; set once, before the first home. */
  serve(owner: FaceOwner): void {
    this.#owner = owner;
  }

  /** A home is there; `open` makes a session with it that pushes to the given handlers. */
  use(open: (events: HomeEvents) => HomeRemote): void {
    const owner = this.#owner;
    if (owner === null || this.#ended !== null) return;
    const turn = ++this.#turn;
    this.#home = open(onlyWhile(() => turn === this.#turn, owner.events()));
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) each.resolve(this.#home);
    owner.onHome(this.#home);
  }

  /** The home is gone; another one will come. */
  alone(): void {
    if (this.#home === null) return;
    this.#turn++;
    this.#home = null;
    this.#owner?.onAlone();
  }

  /** The application has closed it. */
  end(): void {
    this.#ended = new Fault('closed');
    this.#turn++;
    this.#home = null;
    for (const each of this.#waiting) each.reject(this.#ended);
    this.#waiting = [];
  }

  get isEnded(): boolean {
    return this.#ended !== null;
  }

  /** The home, when there is one now. */
  get now(): HomeRemote | null {
    return this.#home;
  }

  /** The home, as soon as there is one; `closed` when none comes. */
  get(limitMs: number = callMs): Promise<HomeRemote> {
    if (this.#home !== null) return Promise.resolve(this.#home);
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const waiting = deferred<HomeRemote>();
    this.#waiting.push(waiting);
    const timer = this.env.after(limitMs, () => {
      this.#waiting = this.#waiting.filter((each) => each !== waiting);
      waiting.reject(new Fault('closed', 'no tab is connected'));
    });
    return waiting.promise.finally(() => timer.cancel());
  }
}

/** The same handlers, deaf when `isCurrent` is over. */
function onlyWhile(isCurrent: () => boolean, events: HomeEvents): HomeEvents {
  const guard =
    <M>(handler: (message: M) => void) =>
    (message: M): void => {
      if (isCurrent()) handler(message);
    };
  return {
    status: guard(events.status),
    account: guard(events.account),
    site: guard(events.site),
    siteGone: guard(events.siteGone),
    devicesChanged: guard(events.devicesChanged),
    people: guard(events.people),
    log: guard(events.log),
    waiting: guard(events.waiting),
    settled: guard(events.settled),
    lead: guard(events.lead),
    said: guard(events.said),
    present: guard(events.present),
    alarm: guard(events.alarm),
    noticed: guard(events.noticed),
    calm: guard(events.calm),
  };
}
