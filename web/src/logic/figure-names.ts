/**
 * What the figures of a node are called for people. A figure that is not here yet is shown under its own
 * name, taken apart into words.
 */

interface Part {
  readonly title: string;
  /** Names without the part's own, in camel case as the node says them. */
  readonly labels: Readonly<Record<string, string>>;
}

/** By the first word of the names, in the order in which an admin looks at them. */
const PARTS: ReadonlyMap<string, Part> = new Map([
  [
    'node',
    {
      title: 'This machine',
      labels: {
        Version: 'Version',
        Uptime: 'Running for',
        Rss: 'Memory in use',
        CpuSecondsTotal: 'Processor time',
        DiskFree: 'Free disk',
      },
    },
  ],
  [
    'auth',
    {
      title: 'People and devices',
      labels: {
        Sessions: 'Sessions of devices',
        Connections: 'Connections',
        Unfinished: 'Connections being checked',
        Followers: 'Services that follow rights',
        Seq: 'Changes of rights so far',
        ShardEpoch: 'Owners of the logs so far',
      },
    },
  ],
  [
    'peer',
    {
      title: 'Neighbourhood',
      labels: {
        Connections: 'Connections',
        Unfinished: 'Connections being checked',
        Sessions: 'Programs that read and write',
        Messages: 'Messages kept',
        Bytes: 'Bytes kept',
        Followed: 'People and threads that are followed',
        StoredTotal: 'Messages since the start',
        RefusedTotal: 'Refused since the start',
        PrunedTotal: 'Fallen out since the start',
        Comparisons: 'Comparisons with others that go on',
        ComparedMessages: 'Messages held for those',
        KnocksTotal: 'Strangers who knocked since the start',
        KnocksRefusedTotal: 'Knocks refused since the start',
        KnocksWaiting: 'Knocks that wait',
        CrowdBits: 'Bits of work that a crowd adds',
      },
    },
  ],
  [
    'exchange',
    {
      title: 'Other nodes',
      labels: {
        Nodes: 'Nodes that are followed',
        Connected: 'Connected now',
        Followed: 'People and threads followed there',
        Bytes: 'Bytes kept for them',
        Waiting: 'Mentions that wait to be brought',
        TakenTotal: 'Messages from there since the start',
        RefusedTotal: 'Refused since the start',
        BroughtTotal: 'Mentions brought since the start',
        LostTotal: 'Mentions given up since the start',
        ComparedTotal: 'Messages compared since the start',
        ComparedBytesTotal: 'What comparing took',
        MissingTotal: 'Missing and fetched since the start',
      },
    },
  ],
  [
    'tail',
    {
      title: 'Reading and writing',
      labels: {
        Connections: 'Connections',
        Strangers: 'Connections being checked',
        Logs: 'Logs in use',
        Leases: 'Logs open on devices',
        Attached: 'Of these, followed live',
        Entries: 'Entries now',
        Commits: 'Commits now',
        Bytes: 'Written now',
        EntriesTotal: 'Entries since the start',
        CommitsTotal: 'Commits since the start',
        BytesTotal: 'Written since the start',
        PublishedTotal: 'Delivered since the start',
        Pending: 'Waiting to be written',
        FailedCommitsTotal: 'Commits that failed',
        LaggingTotal: 'Readers that fell behind',
        Here: 'People who are looking',
        NewsTotal: 'News told since the start',
        NewsWaiting: 'News that wait to be told',
        NewsLostTotal: 'News that were not told',
        EphemeralTotal: 'Signs of typing and presence',
        EphemeralRefusedTotal: 'Of these, refused',
        FeedAge: 'Last word about rights, ago',
        Led: 'Logs that an application leads',
        Leaders: 'Applications that lead',
        HandedTotal: 'Entries handed to leaders',
        SignalsTotal: 'Signals passed to and from leaders',
      },
    },
  ],
  [
    'store',
    {
      title: 'Kept on disk',
      labels: {
        LogsOpen: 'Logs in memory',
        Rings: 'Newest entries in memory',
        JournalWaiting: 'Journal, not yet in chunks',
        JournalLogs: 'Logs in the journal',
        Record: 'Commits ever',
        Epoch: 'Starts ever',
        RetainAge: 'Dropped when older than',
        RetainSize: 'Kept of each log',
        RetainCount: 'Kept of each log, newest',
        RetainReplaced: 'Dropped behind a snapshot when older than',
        DroppedEntriesTotal: 'Dropped since the start',
        ColdMovedTotal: 'Pieces moved to the cold',
        ColdMovedBytesTotal: 'Moved to the cold',
        ColdReadTotal: 'Pieces fetched from the cold',
        ColdDeletedTotal: 'Pieces deleted in the cold',
      },
    },
  ],
  ['streams', { title: 'Streams over HTTP', labels: { Open: 'Streams in memory' } }],
  [
    'stream',
    {
      title: 'Calls of streams',
      labels: { ReadersWaiting: 'Readers that wait', AppendRequestsTotal: 'Calls that append' },
    },
  ],
  [
    'notify',
    {
      title: 'Notifications',
      labels: {
        Listeners: 'Devices that listen, in each site',
        Addresses: 'Devices that are reached',
        AddressesGone: 'Addresses that are gone',
        Here: 'People who are looking',
        Waiting: 'Waiting to be sent',
        UnderWay: 'Being sent',
        Oldest: 'The oldest waits since',
        SentTotal: 'Sent since the start',
        RetriedTotal: 'Sent again',
        DeadTotal: 'Given up',
        GoneTotal: 'Devices that had gone',
        LettersTotal: 'Given up and kept',
        Loading: 'Still reading what it keeps',
        TakingBack: 'Read elsewhere, to be taken back',
        WithoutAddress: 'For devices without an address',
        PublishedTotal: 'News heard since the start',
        ConcernedTotal: 'Posts of the neighbourhood told since the start',
        Sweep: 'Longest look for listeners',
        Commit: 'Time to keep what changed',
        CommitsTotal: 'Times that it was kept',
      },
    },
  ],
  [
    'log',
    {
      title: 'Public log of the node',
      labels: {
        Leaves: 'Statements so far',
        BatchesTotal: 'Batches since the start',
      },
    },
  ],
]);

/** The first word of a name in camel case; empty when it has one word only. */
export function partOf(name: string): string {
  const [part = ''] = /^[a-z]+(?=[A-Z])/u.exec(name) ?? [];
  return part;
}

export function partTitle(part: string): string {
  return PARTS.get(part)?.title ?? (part === '' ? 'Others' : words(part));
}

/** Known parts first, in their order. */
export function partOrder(part: string): number {
  const at = [...PARTS.keys()].indexOf(part);
  return at === -1 ? PARTS.size : at;
}

/** As an admin looks at them inside their part; what is not known comes last. */
export function labelOrder(name: string): number {
  const part = partOf(name);
  const names = Object.keys(PARTS.get(part)?.labels ?? {});
  const at = names.indexOf(name.slice(part.length));
  return at === -1 ? names.length : at;
}

export function hasLabel(name: string): boolean {
  return known(name) !== undefined;
}

/** `nodeRss` → "Memory in use", `tailPlumsTotal` → "Plums total". */
export function labelOf(name: string): string {
  return known(name) ?? words(name.slice(partOf(name).length));
}

function known(name: string): string | undefined {
  const part = partOf(name);
  const labels = PARTS.get(part)?.labels;
  const rest = name.slice(part.length);
  return labels !== undefined && Object.hasOwn(labels, rest) ? labels[rest] : undefined;
}

function words(name: string): string {
  const apart = name
    .replaceAll(/([a-z0-9])([A-Z])/gu, '$1 $2')
    .replaceAll(/[_.]+/gu, ' ')
    .toLowerCase();
  return apart.charAt(0).toUpperCase() + apart.slice(1);
}
