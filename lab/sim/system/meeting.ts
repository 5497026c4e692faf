/** Where the applications of a run meet. */

import type { SiteId } from 'copse/internal/base/ids.ts';
import type { LogHistory } from '../history.ts';
import type { Past } from './past.ts';

/** The site that the applications of a run share, as they find out about it. */
export interface Meeting {
  site: SiteId | null;
  /** Invitation links by the name of the invited. */
  readonly links: Map<string, string>;
  readonly logNames: readonly string[];
  /** What guests are invited to. */
  readonly guestPermissions: number;
  /** By the name of the log. */
  readonly histories: ReadonlyMap<string, LogHistory>;
  /** What the node was set back to in this run, as the judge knows it. */
  readonly past: Past;
}
