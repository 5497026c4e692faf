/** What a run knows of its node being set back to a backup, for whoever judges by it. */

/** What the copy lacks of what there was. */
export interface Loss {
  /** The newest key of the site, or of a user. */
  readonly keys: boolean;
  /** The end of a device. */
  readonly ends: boolean;
  /** That a right was taken back. */
  readonly rights: boolean;
  /** Leaves of the log of the node. */
  readonly leaves: boolean;
}

export class Past {
  /** Whether it happens in this run. */
  readonly isPlanned: boolean;
  /** Names of the logs by their ids. */
  readonly logs = new Map<string, string>();
  loss: Loss | null = null;
  /** How often it has happened. */
  count = 0;
  /** Entries that somebody may have seen are in no log any more. */
  lacksEntries = false;
  /** Nobody is left who has everything that is needed to go on. */
  isBereft = false;
  /** An application has ended a device by itself that came back with the backup: its device did not have to notice. */
  isEndedByHand = false;

  constructor(isPlanned: boolean) {
    this.isPlanned = isPlanned;
  }

  /** Whether anything is lost that a device may have known. */
  get isLossy(): boolean {
    const { loss } = this;
    return this.lacksEntries || (loss !== null && Object.values(loss).includes(true));
  }

  /** What is sealed under a lost key opens for some, and the node takes no later one of them: only a newer backup mends that. */
  get isTorn(): boolean {
    return this.isBereft || this.loss?.keys === true;
  }
}
