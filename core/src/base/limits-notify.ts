/** The bounds of notifications, with their reasons as in `limits.ts`. */

/** Sites in which the devices of one user listen, counted for each device: what the state of a user is made of. It is held and compared in a tenth of a second. */
export const listenersPerUserMax = 65_536;
/** Changes of one update: with the longest audiences and addresses half a message. */
export const changesPerUpdateMax = 256;
/** Messages in which the whole state of a user comes: four changes a listener. */
export const updatePartsMax = 2_048;
/** Whole states in the making that notify keeps, of up to 20 MB each; the one that moved least recently begins again. */
export const updatesUnderWayMax = 16;
/** Updates of one user that wait for each other: her sender has one on its way, and a repetition or two. */
export const updatesPerUserMax = 4;
/** Changes that wait for notify to answer; who waits for more sends the whole state instead. */
export const changesWaitingMax = 1_024;
/** A change with a duration that has waited this long for its answer is not repeated, because its time would begin anew. */
export const timedChangeMs = 60_000;
/** A level that overrides another one holds so long at most: a year and a day. */
export const overrideMsMax = 366 * 86_400_000;
/** Tags of one device in one site: a user's and everybody's, under the newest two epochs of the key, and as many to spare. */
export const tagsPerListenerMax = 8;
/** Tags that one `publish` names of a log: those of several entries come together. */
export const mentionsPerPublishMax = 64;
/** Address of a push service for one device: those in use have 100 to 400 bytes, the longest that was seen 700. */
export const endpointBytesMax = 1_024;
/** Name of a time zone: the longest of IANA has 32 bytes. */
export const zoneBytesMax = 64;
/** Time zones whose rules are kept ready: a formatter of one takes 50 kB. */
export const zonesKeptMax = 64;
/** Logs in one `publish`: half a message. */
export const publishesMax = 512;
/** Users in one frame of presence, coming and going each. */
export const presenceUsersMax = 16_384;
/** Logs that were read, in one message. */
export const readsMax = 8_192;
/** Rows that are read at once when the store of notify is loaded: a millisecond with what is made of them. */
export const newsPageRows = 256;
/** Rows of what a user's devices hear that auth reads or writes at once: 2 ms. */
export const noticeRowsWrittenMax = 512;
/** Users of whom notify has not been told everything and who are kept in memory for it; another one costs her whole state. */
export const noticeUsersKeptMax = 1_024;
/** And what their devices hear, together: of 300 bytes each. */
export const noticeListenersKeptMax = 262_144;
/** Users of whom notify is told at once. */
export const noticeTellingMax = 8;
/** Users in one look at who waits to be told of. */
export const noticeWaitingMax = 256;
/** After a change auth looks this much later whose: those that follow close on it are found with it. */
export const noticeLookMs = 10;
/** Notify did not answer: the first pause and the longest, after which a user is told of again. */
export const noticeRetryMs = 200;
export const noticeRetryMaxMs = 30_000;
/** Calls of one user that wait for each other. */
export const noticeTurnsMax = 64;
/** How often a user may give an address or send a test: a person who tries things out. */
export const noticeTriesPerSecond = 0.1;
export const noticeTriesBurst = 10;
/** A test of which nothing is known after this long is late: before the call itself is. */
export const noticeTestLateMs = 9_500;
/** The longest time after which a digest tells what waits: a month. */
export const digestHoursMax = 744;
/** How often it is looked who is to be told by e-mail: its times are hours. */
export const digestLookMs = 60_000;
/** At whom nothing waits, or who was told, is looked again after this long. */
export const digestAgainMs = 900_000;
/** A mail that was tried when the process ended is tried again after this long. */
export const digestClaimMs = 3_600_000;
/** Users in one look. */
export const digestPageMax = 64;
/** Sites in one answer about what a device hears: half a message with all tags. */
export const noticeRowsMax = 512;
/** What is kept of a user's notifications, sent or not, for her to look at. */
export const toldPerUserMax = 50;
/** Messages that could not be delivered, of all users; the oldest go first. */
export const deadLettersMax = 10_000;
/** Of them in one answer, or sent again with one call: a third of a message with the longest addresses. */
export const deadLettersPageMax = 256;
/** The first window of a device (SPEC I9): what comes in one is told at its end, and the next is longer. About as long as a conversation pauses. */
export const noticeFirstWindowMs = 5_000;
export const noticeSecondWindowMs = 30_000;
export const noticeThirdWindowMs = 120_000;
/** The longest window of a device, which stays until the user reads: as often as nobody minds. */
export const noticeLastWindowMs = 600_000;
/** Nothing leaves for a device for this long after a failure; who delivers has tried by then what could be tried at once. */
export const noticePauseMs = 30_000;
/** Logs that one notification names; the others are a number. */
export const noticePlacesMax = 8;
/** Logs that the number on an icon counts; more is shown as many. */
export const badgeMax = 99;
/** Logs that a user has read out of turn; beyond it what is older than all of them counts as read. They take 40 kB. */
export const marksPerUserMax = 512;
/** As many of them come from entries that name her as their writer, which in a led log its leader says. */
export const marksWrittenMax = 256;
/** Mentions that wait with one listener: as many as a notification names. */
export const mentionsWaitingMax = 8;
/** For this long after the last shard unmuted a user nothing is told: she may come back at once, on another device or through another shard. */
export const unmuteGraceMs = 5_000;
/** A shard of the tail that is silent for this long mutes nobody any more; it says something every 3 s. */
export const presenceSilenceMs = 30_000;
/** Shards that tell who is here: one is a process of the tail. */
export const presenceShardsMax = 4_096;
/** A deadline by the wall clock is looked at again after this long, because that clock may have been set. */
export const wallLookMs = 600_000;
/** Work of one slice of a sweep, after which others have the processor. */
export const sweepSliceMs = 1.75;
/** Pauses between sweeps: the shortest and the longest. */
export const sweepPauseMs = 50;
export const sweepPauseMaxMs = 250;
/** Listeners that a sweep looks at between two looks at the clock, each in a tenth of a microsecond or a few. */
export const sweepStep = 256;
/** What a tail says is news leaves this often at most: what comes meanwhile goes together. */
export const publishPauseMs = 20;
/** Pauses before a tail says again what notify did not take. */
export const notifyRetryMs = 250;
export const notifyRetryMaxMs = 10_000;
/** Logs whose news wait in a tail while notify is away: 100 MB. Beyond it the one that waits longest is told when it has news again. */
export const newsWaitingMax = 262_144;
/** Lists of tags that wait beside them, of logs with more than one `publish` may name: people mentioned in such an outage. */
export const mentionListsMax = 4_096;
/** How often it is written beside a shared journal what of it was told: what is told again after a takeover. */
export const newsLedgerMs = 1_000;
/** Writers of one log whose own words are no news to them, of those that wait together: `publishesMax` times this are within `readsMax`. The others hear of what they know. */
export const readersPerRowMax = 16;
/** Devices that are looked at to find whether all news of a log that waits together is of one user: who writes alone has few. With more it is news to everybody. */
export const newsWritersMax = 8;
/** Devices whose users a tail knows by heart: 2 MB. Of others it asks auth when they write what is news. */
export const authorsKnownMax = 16_384;
/** Devices of one such question; of the others it is not known. */
export const authorsAskedMax = 1_024;
/** Bytes of the journal that wait for chunks because their news is not told: a start reads them in half a second. */
export const newsHoldBytesMax = 64 << 20;
/** Calls of `publish` under way of one shard: each is answered when it is durable. */
export const publishCallsMax = 4;
/** Who comes and goes is told together in this time: less than a notification takes. */
export const presenceTellMs = 50;
/** A shard says something this often, and tries again this late at most: a notify that has begun anew knows who is here within `unmuteGraceMs`. */
export const presenceBeatMs = 3_000;
export const presenceRetryMaxMs = 2_000;
/** A device says again this often that somebody looks, and it counts for this long: one may be late, and a device that sleeps says nothing. */
export const lookAgainMs = 25_000;
export const lookMs = 60_000;
/** Looks of one connection: each tab that comes and goes is one. */
export const looksPerSecond = 5;
export const lookBurst = 50;
/** Words of one connection that something was read: one a log and moment, and all of them when it begins. */
export const seensPerSecond = 50;
export const seenBurst = 1_024;
/** Logs that were read, which wait in a tail while notify is away: 16 MB. Beyond it the one that waits longest is forgotten. */
export const readsWaitingMax = 65_536;
/** Words that one device keeps of what was read until it can tell its node; the oldest go first. */
export const readsKeptMax = 1_024;
/** What was read of a log is said this often at most while it is scrolled through. */
export const readSayMs = 250;
/** Messages that one push service is given at once; who else waits for it is a number, and what she is told is made when there is room: a second of work where it is fast. */
export const noticesPerOriginMax = 1_024;
/** Devices whose address is kept ready, at half a kilobyte; the others are read when something leaves for them. */
export const addressesReadyMax = 8_192;
/** What has changed is written after this long: what a crash takes of it is a notification that comes twice. */
export const newsSaveMs = 100;
/** Rows of one commit of a kind: two or three milliseconds in which nothing else happens. */
export const newsSaveRows = 96;
/** A device for which a message died is left alone for an hour, then for twice as long each time, a day at most. */
export const noticeDeadPauseMs = 3_600_000;
export const noticeDeadPauseMaxMs = 86_400_000;
/** Who has asked for a test waits so long for the answer of a push service. */
export const noticeTestMs = 10_000;
/** How long a device that is off may be before a test is not worth showing any more. */
export const noticeTestTtlMs = 300_000;
/** What was read elsewhere is taken back together after this long: who opens one site often opens the next. */
export const noticeReadMs = 1_000;
/** Devices from which something is to be taken back and was not, as in a night that is quiet; beyond it the tray keeps what it shows. */
export const noticeReadsWaitingMax = 65_536;
/** What became of notifications and is not written yet; more is let go, the oldest first. */
export const toldWaitingMax = 16_384;
/** Threads with news that are kept of one user's neighbourhood: 300 kB; of what comes further it is only known that there is more. */
export const neighbourThreadsMax = 1_024;
/** With more than these everything that was read goes, so that the next start need not load it. */
export const neighbourThreadsKept = 64;
/** What its author dates further back rings for nobody: it was imported, or fetched from another node with the rest of what she wrote. As long as a push waits. */
export const neighbourNewsAgeMs = 4 * 86_400_000;
/** What of one author is news to one user: ten messages at once and ten an hour. More is one thread together, and mentions nobody. */
export const authorNewsBurst = 10;
export const authorNewsPerSecond = 10 / 3_600;
/** Authors and whom they wrote to, of whom that is remembered, of 200 bytes each. */
export const authorNewsMetersMax = 16_384;
/** How soon the place is noted up to which messages that concern nobody were looked at: who listens after a crash hears of no older ones. */
export const neighbourNoteMs = 1_000;
/** Messages that a start looks at before others have the processor. */
export const neighbourLookRows = 64;
/** Strangers who knock at one user are told of at most once in this time. */
export const knockNewsMs = 86_400_000;
/** A post, its edit or the profile of its author for a notification: eight with all three are one message. Of longer ones it is only said that there is something. */
export const noticePostBytesMax = 20 * 1024;
/** Posts that were read, in one call: more than a page of them. */
export const postsSeenMax = 100;
/** Admins who are told that somebody has knocked at the node. */
export const adminsToldMax = 64;
