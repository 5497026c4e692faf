/**
 * Rights as an application sees them: the words, and the way to the desk that does the work, which is loaded
 * when something is first shared, listed or taken back.
 */

import type { BlastRow, ChangesFrom, ChangesPage, GrantRow, HoldingRow } from '../api/rights.ts';
import type { Key, SiteId } from '../base/ids.ts';
import type { Caveat } from '../capability/caveat.ts';
import type { RightsDesk } from './rights-desk.ts';

export type { BlastRow, ChangesFrom, ChangesPage, GrantRow, HoldingRow };

export interface RevokeOptions {
  /** Also while this user has not been given the newest key of the site. */
  readonly force?: boolean;
}

export interface ShareOptions {
  /** Key of a user (`members()` tells it), or of a group. */
  readonly to: Uint8Array;
  readonly toGroup?: boolean;
  /** Bit set; to read unless said otherwise. */
  readonly permissions?: number;
  /** `*`, a folder as `docs/*`, or the name of a log; everything unless said otherwise. */
  readonly resource?: string;
  readonly from?: Date;
  /** As long as one's own unless said otherwise. */
  readonly until?: Date;
  /** How often it may be handed on; not at all unless said otherwise. */
  readonly delegations?: number;
  /** How many grants may be made of it. */
  readonly quota?: number;
  readonly caveats?: readonly Caveat[];
  /** The node keeps a hash only; whoever gets it presents the proof. */
  readonly sealed?: boolean;
}

export interface Shared {
  /** Of the grant: what `preview` and `revoke` take. */
  readonly id: string;
  /** For whom it was made: verified offline, or presented when the node asks. */
  readonly proof: Uint8Array;
}

export interface BlessOptions {
  /** What the program may do at most of what one may oneself; to read and write unless said otherwise. */
  readonly permissions?: number;
  /** A day from now at most, and unless said otherwise. */
  readonly until?: Date;
}

/** A right and whose it is. */
export interface HeldRight extends HoldingRow {
  /** As she calls herself, or empty. */
  readonly name: string;
}

export interface Group {
  readonly id: SiteId;
  readonly key: Key;
  readonly title: string;
  readonly permissions: number;
}

/** One desk for an application, made when it is first used. */
export class Desk {
  readonly #make: () => Promise<RightsDesk>;
  #desk: Promise<RightsDesk> | null = null;

  constructor(make: () => Promise<RightsDesk>) {
    this.#make = make;
  }

  get(): Promise<RightsDesk> {
    this.#desk ??= this.#make();
    return this.#desk;
  }
}
