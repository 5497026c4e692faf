/** The passes of a sweep: over the armed listeners of a site that has news, and over those whom a mention means. */

import { isCovered } from './audiences.ts';
import { Crowd } from './crowd.ts';
import { flag } from './listeners.ts';
import type { Site } from './logs.ts';
import type { Job } from './mentions.ts';
import type { Places } from './places.ts';
import type { State } from './state.ts';
import type { Pass } from './sweep.ts';

/** Who has armed listeners hears of the news of the site. What comes into the list meanwhile was looked at then. */
export class SitePass implements Pass {
  readonly #places: Places;
  readonly #site: Site;
  readonly #crowd: Crowd;
  #hasBegun = false;

  constructor(state: State, places: Places, site: Site) {
    this.#places = places;
    this.#site = site;
    this.#crowd = new Crowd(state, places);
  }

  step(count: number): boolean {
    const site = this.#site;
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      // A publish from now on begins another pass: this one may have been by already.
      site.isQueued = false;
      site.cursor = site.armed;
    }
    this.#places.judge.atOnce(() => this.#crowd.go(site, count));
    return site.cursor === 0;
  }
}

/** Finds the listeners that have registered the tag of a mention. */
export class MentionPass implements Pass {
  readonly #state: State;
  readonly #places: Places;
  readonly #job: Job;
  readonly #except: number;

  /** `except`: a user who mentions herself, or everybody; 0 for nobody. */
  constructor(state: State, places: Places, { job, except }: { readonly job: Job; readonly except: number }) {
    this.#state = state;
    this.#places = places;
    this.#job = job;
    this.#except = except;
  }

  step(count: number): boolean {
    const job = this.#job;
    const { mentions } = this.#state;
    for (let left = count; left > 0; left--) {
      const row = mentions.next(job);
      if (row === 0) {
        mentions.over(job);
        return true;
      }
      this.#meet(row);
    }
    return false;
  }

  #meet(row: number): void {
    const { listeners, devices, mentions, audiences } = this.#state;
    const { site } = this.#job.log;
    // Those of an own site were listed when it was published; one may have left since.
    if (site.isGone || listeners.site(row) !== site.number) return;
    const user = devices.userOf(listeners.device(row));
    if (user === this.#except) return;
    const head = listeners.head(row);
    if (!isCovered(audiences.of(listeners.audience(head)), this.#job.log)) return;
    if (!this.#state.isUnread(head, user, this.#job)) return;
    mentions.add(row, this.#job);
    listeners.put(row, flag.mentioned);
    this.#state.touch(row);
    this.#places.place(row);
  }
}
