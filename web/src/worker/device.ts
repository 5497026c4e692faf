/** The device as the worker has it: opened with a push, for as long as that is worked on, and never waited for long. */

import { knownAccount, openCopse } from 'copse';
import { pushGate, renewPush } from 'copse/push';
import { siteId } from 'copse/internal/base/ids.ts';
import { neighbourIn } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import type { KnownPlace, NoticePlace } from '../logic/notice-words.ts';
import { concernsAt, isConcern, knownConcern, silenced, type Concern } from './concern.ts';
import type { QuietHere } from './quiet.ts';
import { previewOf, type PreviewCopse, type PreviewSite } from './preview.ts';

type Copse = Awaited<ReturnType<typeof openCopse>>;

/** A browser gives a push half a minute; a person who hears it looks sooner. */
const PREVIEW_MS = 6_000;
/** Until then the node may answer; what the device knows by itself takes the rest. */
const READ_MS = 5_000;

/** Opens places one after the other for one notice. */
export class WorkerDevice implements AsyncDisposable {
  readonly #url: string;
  readonly #over = Promise.withResolvers<null>();
  readonly #read = Promise.withResolvers<null>();
  readonly #timers = [
    setTimeout(() => this.#read.resolve(null), READ_MS),
    setTimeout(() => this.#over.resolve(null), PREVIEW_MS),
  ];
  #copse: Promise<Copse | null> | null = null;
  #concerns: readonly Concern[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  /** Places of the neighbourhood of which this device is not to tell; what there is of the others is kept for `open`. */
  async silent(places: readonly NoticePlace[], isQuiet: QuietHere): Promise<ReadonlySet<NoticePlace>> {
    if (!places.some(isConcern)) return new Set();
    const looked = this.#device().then(async (copse) => {
      const desk = copse === null ? null : await copse.notifications();
      if (desk === null) return null;
      this.#concerns = await concernsAt(desk, places);
      return silenced(desk, this.#concerns, isQuiet);
    });
    return (await Promise.race([looked.catch(() => null), this.#read.promise])) ?? new Set();
  }

  /** What there is of the place, or null when it is not there in time. */
  open(place: NoticePlace, from: number): Promise<KnownPlace | null> {
    if (neighbourIn(place.site) !== null) return Promise.resolve(knownConcern(place, this.#concerns));
    const over = this.#read.promise;
    const opened = this.#device().then((copse) =>
      copse === null ? null : previewOf(previewing(copse), place, { from, over }),
    );
    return Promise.race([opened.catch(() => null), this.#over.promise]);
  }

  /** What the number on the icon is by the node, or null when it does not say so in time. */
  unread(): Promise<number | null> {
    const asked = this.#device().then(async (copse) =>
      copse === null ? null : (await copse.notifications()).unread(),
    );
    return Promise.race([asked.catch(() => null), this.#read.promise]);
  }

  /** Node and browser agree about the address of this device again. */
  async renew(registration: ServiceWorkerRegistration): Promise<void> {
    const copse = await this.#device();
    if (copse !== null) await renewPush(pushGate(registration), await copse.notifications(), Date.now());
  }

  /** Null: nobody is signed in here, and nobody is signed up by a push. */
  #device(): Promise<Copse | null> {
    this.#copse ??= knownAccount(this.#url).then((known) => (known === null ? null : openCopse(this.#url)));
    return this.#copse;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    // One that is opened too late lets go of the keys as soon as it has them.
    const closing = this.#copse?.then((copse) => copse?.close()).catch(() => {});
    await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, 1_000))]);
  }
}

function previewing(copse: Copse): PreviewCopse {
  return {
    user: copse.user,
    close: () => copse.close(),
    site(id): PreviewSite | undefined {
      const site = copse.site(siteId(id));
      if (site === undefined) return undefined;
      return {
        title: site.title,
        logs: site.logs,
        log: (name) => site.log(name),
        members: () => site.members(),
        idOf: async (name) => (await copse.rights).resourceOf(site.id, name),
      };
    },
  };
}
