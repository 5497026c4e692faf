/** What an application is told of the key of a site, and says when it makes the next one. */

export interface KeyState {
  readonly epoch: number;
  /** `due`: a new key waits for an admin's device; `rekeying`: one is at it. */
  readonly state: 'current' | 'due' | 'rekeying';
  /** Since when it is due, or 0. */
  readonly sinceMs: number;
  /** Whether newcomers read what was before. */
  readonly history: boolean;
  /** Whether this user has been given it. `anew`: it was made without the one before, which she has, and waits for her word. */
  readonly held: 'yes' | 'no' | 'anew';
}

export interface RotateOptions {
  /** Also while this user has not been given the newest key of the site, and no admin is there who was. */
  readonly force?: boolean;
}
