/** The watch on the node's log, loaded after the first connection or when somebody asks it something (SPEC M9). */

import type { Env } from '../base/env.ts';
import { asFault, type Fault } from '../base/fault.ts';
import type { NodeWatch, WatchOwner } from './node-watch.ts';

export class LazyWatch {
  readonly #env: Env;
  readonly #owner: WatchOwner;
  #watch: Promise<NodeWatch> | null = null;
  #alarm: Fault | null = null;

  constructor(env: Env, owner: Omit<WatchOwner, 'wallMs'>) {
    this.#env = env;
    this.#owner = {
      ...owner,
      wallMs: () => env.wallMs(),
      onAlarm: (fault) => {
        this.#alarm = fault;
        owner.onAlarm(fault);
      },
      onCalm: () => {
        this.#alarm = null;
        owner.onCalm();
      },
    };
  }

  /** What the node's log was found to contradict, or null. */
  get alarm(): Fault | null {
    return this.#alarm;
  }

  get(): Promise<NodeWatch> {
    this.#watch ??= this.#open();
    return this.#watch;
  }

  /** Looks at something on its own account; what fails is tried at the next connection. */
  look(work: (watch: NodeWatch) => Promise<void>): void {
    this.get()
      .then(work)
      .catch((thrown: unknown) => this.#env.log('info', 'watch', { fault: asFault(thrown).code }));
  }

  async #open(): Promise<NodeWatch> {
    try {
      const { NodeWatch: Watch } = await import('./node-watch.ts');
      return await Watch.open(this.#owner);
    } catch (thrown) {
      this.#watch = null;
      throw thrown;
    }
  }
}
