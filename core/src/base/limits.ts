/**
 * Every bound of the system with its reason (SPEC G2). A bound that a site or an operator may lower is
 * a default here and a ceiling in the configuration. Sizes are bytes, times milliseconds, unless the
 * name says otherwise.
 */

/** One protocol message of many frames: a flush of the tail stays below it, a client must too. */
export const messageBytesMax = 1 << 20;
/** One frame inside a message. */
export const frameBytesMax = messageBytesMax - 16;
/** Encrypted payload of one entry; larger content goes to the blob store and leaves a pointer. Keeps journal rows small and fsync short. */
export const payloadBytesMax = 64 * 1024;
/** Value that an application appends: a payload without what sealing adds (nonce 12, tag 16). */
export const valueBytesMax = payloadBytesMax - 28;
/** A whole entry: payload and the at most 64 bytes of its header and checksum. */
export const entryBytesMax = payloadBytesMax + 64;
/** Unacknowledged entries of one writer: what the duplicate ring of the sequencer remembers. */
export const inFlightCountMax = 256;
/** Unacknowledged bytes of one connection, so that 1,000 hostile writers cost at most 1 GiB. */
export const inFlightBytesMax = 1 << 20;
/** Writer epochs remembered for a device in a log; an older epoch is fenced. */
export const writerEpochsMax = 8;
/** Writers (devices) a log remembers; the longest silent is fenced first. */
export const writersPerLogMax = 10_000;
/** Entries of one group commit: 1,000 already reach 758 k/s, more only adds latency. */
export const commitCountMax = 4096;
/** Bytes of one group commit: one row of the journal. */
export const commitBytesMax = 1 << 20;
/** Group commits on their way to the disk while the next one is built. */
export const commitsInFlightMax = 2;
/** Entries that wait for a group commit in a shard; beyond it writers are told `full` (later). */
export const pendingBytesMax = 64 << 20;
/** One page of entries in an answer to `read` or `attach`. */
export const pageBytesMax = 256 * 1024;
/** Entries in one page, so that a page of tiny entries still decodes in a millisecond. */
export const pageCountMax = 4096;
/** Send buffer of a connection above which its readers are moved from push to pull. */
export const lagBytes = 256 * 1024;
/** Send buffer above which the transport closes the connection: the last resort, far above `lagBytes`. */
export const backpressureBytesMax = 4 << 20;
/** Leases one connection may hold. */
export const handlesPerConnectionMax = 1024;
/** Connections of one node process. */
export const connectionsMax = 50_000;
/** Connections from one address that have not authenticated yet. */
export const strangersPerAddressMax = 64;
/** Time from open to `connect` or the end of the handshake. */
export const handshakeMs = 5_000;
/** Handshakes that one address may begin, per second and at once: half a millisecond of signatures each; the burst is a house that comes back after a restart. */
export const handshakesPerSecond = 100;
export const handshakeBurst = 2_000;
/** Sessions of one address that are nobody's yet: a class room signing up. Users there are not counted. */
export const strangerSessionsPerAddressMax = 256;
/** Unfinished handshakes above which a node asks for cookies first. */
export const handshakesMax = 256;
/** A connection without a frame for this long is closed; clients ping at a third of it. */
export const idleMs = 120_000;
/** Leases a connection may ask for, per second and at once: a device opens its logs together, then rarely one. */
export const leasesPerSecond = 200;
export const leaseBurst = 1024;
/** Answers about rights that a tail remembers, for devices that come back: leases have their own, and a question is cheap. */
export const accessesIdleMax = 10_000;
/** A tail looks for silent, unproven and expired connections this often: one timer, not one each. */
export const tailSweepMs = 1_000;
/** A draining tail waits this long for its peers to take what was acknowledged. */
export const tailDrainMs = 5_000;
/** Answers a caller may wait for at once. */
export const callsInFlightMax = 1024;
/** Deadline of a call unless it says otherwise. */
export const callMs = 10_000;
/** A full chunk, before compression: one read is one row. Half of 64 KiB, 2 % larger when compressed (decision 0013). */
export const chunkBytesTarget = 32 * 1024;
/** In-memory tail of a hot log. */
export const ringBytesPerLogMax = 256 * 1024;
/** In-memory tails of all logs together. */
export const ringBytesMax = 256 << 20;
/** Logs kept open in memory by a shard; idle ones are reloaded from their row. */
export const openLogsMax = 100_000;
/** Logs in one site and sites of one user. */
export const logsPerSiteMax = 10_000;
export const sitesPerUserMax = 10_000;
/** Members of a site. */
export const membersPerSiteMax = 100_000;
/** Devices of one user. */
export const devicesPerUserMax = 500;
/** Open invitations of one site. */
export const invitationsPerSiteMax = 1_000;
/** Characters of a name that people read, in UTF-8 bytes. */
export const nameBytesMax = 128;
/** Encrypted label of a site: its title and the names of its logs. */
export const labelBytesMax = 16 * 1024;
/** Profile of a user. */
export const profileBytesMax = 8 * 1024;
/** Signed object (attestation, blessing, statement). */
export const signedBytesMax = 4 * 1024;
/** Attestations on one path and therefore the depth of a proof. */
export const proofDepthMax = 8;
/** Rights of one user in one site: each path by which she came to some is one. */
export const holdingsMax = 64;
/** Rows that one attestation may add: the members of a group, or the grants that a new member comes to. A revocation takes as many away at once. */
export const spreadMax = 1_000;
/** Attestations directly on one. */
export const grantsBelowMax = 100_000;
/** Rows of a page about rights: with every caveat that fits, below half a message. */
export const grantsPageMax = 64;
/** People whom a preview of a revocation names. */
export const previewNamesMax = 32;
/** Sealed grants of one site. */
export const sealedPerSiteMax = 10_000;
/** Items of one array or map in deterministic CBOR; signed objects have at most a few dozen. */
export const cborCountMax = 4096;
/** Arrays and maps inside one another in a signed object; none that exists needs more than three. */
export const cborDepthMax = 4;
/** Caveats of one attestation and bytes of each: a small fixed list, not a language. */
export const caveatsMax = 8;
export const caveatBytesMax = 128;
/** One flight of the handshake: a signed object, keys and proofs, the terms. */
export const flightBytesMax = 8 * 1024;
/** What a node says of its limits and prices in the challenge, and of the session in the result. */
export const termsBytesMax = 2 * 1024;
/** A handshake cookie is good in its own interval and the next, longer than any handshake takes. */
export const cookieMs = 60_000;
/** Frames sealed under one traffic key before the next one: far below the 2^32 of AES-GCM, and what a stolen key opens is bounded. */
export const rekeyFrames = 2 ** 20;
/** Ephemeral message on a log: cursors and typing, not content. */
export const ephemeralBytesMax = 4 * 1024;
/** Ephemeral messages a connection may send, per second and at once. */
export const ephemeralPerSecond = 50;
export const ephemeralBurst = 100;
/** People listed in a presence push; the count is exact above it. */
export const presenceShownMax = 256;
/** Presence changes of a log are sent together at this interval. */
export const presenceMs = 250;
/** Clock of another machine: blessings and attestations are accepted this much early or late. */
export const clockSkewMs = 2 * 60_000;
/** Lifetimes. A blessing is renewed silently while the user's key is at hand. */
export const blessingMsMax = 24 * 3_600_000;
export const connectTokenMs = 12 * 3_600_000;
export const invitationMsMax = 30 * 24 * 3_600_000;
/** A refresh answered once is answered the same for this long (SPEC A10). */
export const refreshReplayMs = 60_000;
/** A tail that has not heard from auth for this long gives no new leases (SPEC A14). */
export const feedStaleMs = 15_000;
/** A token key makes tokens for this long; the one before stays good until its last token has expired. */
export const tokenKeyMs = 24 * 3_600_000;
/** Token keys a shard knows: yesterday's, today's, and tomorrow's, so that it never meets an unknown one. */
export const tokenKeysMax = 3;
/** Changes in one answer of the feed: below one frame at 26 bytes each. */
export const changesPerPageMax = 32_768;
/** Changes of accounts that wait for one commit: a second of work at its measured rate. */
export const writesPendingMax = 10_000;
/** Changes in force that the feed keeps, collapsed per device and grant; more are answered `full`. */
export const changesKeptMax = 1_000_000;
/** How long the feed keeps a change: no token made before it lives as long. */
export const changeKeptMs = 24 * 3_600_000;
/** Heartbeats of the feed: a tail may miss three before it is stale. */
export const feedBeatMs = 3_000;
/** Calls of one session of auth: a person with an app makes a few at a time. */
export const authCallsPerSecond = 50;
export const authCallsBurst = 200;
/** Calls of all strangers of one address, each of which may cost a signature; the burst is a class room signing up. */
export const strangerCallsPerSecond = 5;
export const strangerCallsBurst = 200;
/** Addresses whose strangers are metered; the longest silent is forgotten first. */
export const addressesMeteredMax = 10_000;
/** Verified attestations a node keeps: a proof whose path is known costs a hash per link. */
export const attestationsKnownMax = 20_000;
/** Sites about whose changes a session of auth is told. */
export const sitesWatchedMax = 256;
/** The last use of a device is noted this often: a write per log-in would buy nobody anything. */
export const deviceSeenMs = 10 * 60_000;
/** First and last pause between attempts to connect. */
export const reconnectBaseMs = 250;
export const reconnectCapMs = 30_000;
/** Entries and bytes that wait on a device for a connection; then `append` answers `full`. */
export const queueCountMax = 100_000;
export const queueBytesMax = 64 << 20;
/** Imported public keys a process keeps: an import costs more than a hash, and a busy node sees the same devices again. */
export const publicKeyCacheMax = 4096;
/** Rows of a device's keep: names are paths of ids, values at most an entry or a site's row. */
export const keepNameBytesMax = 256;
export const keepRowBytesMax = 128 * 1024;
/** The whole keep: the queue at its fullest, with room for everything else. */
export const keepBytesMax = 128 << 20;
/** Acknowledged entries whose removal from the keep may be undone by power loss; far below what a log remembers of a writer. */
export const unsyncedCountMax = 128;
/** Newest entries of a log that readers at its end share; who is further behind reads pages. */
export const tapeBytesMax = 1 << 20;
/** Newest entries of a log in its copy on the device: a few screens of them, and one row of the keep with the names of their writers. */
export const copyCountMax = 500;
export const copyBytesMax = 96 * 1024;
export const copyPeopleMax = 128;
/** Logs that have a copy: 24 MiB, so that the queue at its fullest has room beside them. */
export const copyLogsMax = 256;
/** Copies that have changed are written together after this: losing one costs a page from the node. */
export const copyPauseMs = 2_000;
/** A lease that nobody uses is given back after this. */
export const leaseIdleMs = 10_000;
/** Entries in a window on a log, and in one that says nothing else. */
export const viewCountMax = 10_000;
export const viewCountUsual = 100;
/** Outcomes that a device remembers for its other tabs, should the one with the connection vanish. */
export const outcomesKeptMax = 1024;
/** Logs of a site that its label lists; further ones exist for who knows their name. */
export const labelLogsMax = 512;
/** Journal bytes that wait for compaction before it starts: a restart scans them in a fifth of a second. */
export const compactBytesMin = 32 << 20;
/** A quiet shard compacts what it has after this long, so that a journal does not stay half full for ever. */
export const compactAfterMs = 30_000;
/** Journal bytes compacted in one transaction: enough entries per log to pay for its rows, memory stays small. */
export const compactSliceBytes = 16 << 20;
/** Journal bytes that may wait for compaction at all; beyond it writers are told `full`. */
export const journalLagBytesMax = 1 << 30;
/** Journal records and decoded chunks a shard keeps at hand for its readers. */
export const recordCacheMax = 32;
export const chunkCacheMax = 64;
/** How often retention looks for chunks to drop, and how many one transaction drops. */
export const retentionSweepMs = 60_000;
export const retentionDropMax = 1_000;
/** Logs without a rule of their own that one transaction of retention looks at: some ten milliseconds in which compaction waits. */
export const retentionLookMax = 4_096;
/** A file of a shard waits this long before compaction tries again after a failure. */
export const compactRetryMs = 5_000;
/** Free disk below which a node says that it is not ready: a write-ahead log at its largest still fits. */
export const diskFloorBytes = 128 << 20;
/** A checkpoint with its signatures; 16 at least must be taken (C2SP signed-note). */
export const noteBytesMax = 16 * 1024;
export const noteSignaturesMax = 32;
/** Who may cosign a node's checkpoints, each a line in all that it saw; and whose a node cosigns: a circle of friends fits. */
export const cosignersMax = 16;
/** Tiles of one proof that a log grew: its hashes lie along the edges of two trees, of seven heights of tiles at most. */
export const cosignTilesMax = 64;
/** Hashes of one proof in the log of a node: two per level of a tree of 2^53 leaves. */
export const logProofMax = 108;
/** Leaves that wait for the log of a node; beyond it callers are told `tooMany`. */
export const leavesPendingMax = 10_000;
/** What comes within this shares a batch: far below the tenth of a second that people notice. */
export const logBatchMs = 10;
/** Leaves of one batch of the log: some hundred milliseconds of signing at most. */
export const leavesPerBatchMax = 4_096;
/** Leaves of a label in one answer, each with its proof: below one frame at their largest. */
export const leavesPerPageMax = 64;
/** Names that one user may claim, and the bytes of a name and of its namespace. */
export const claimsPerUserMax = 64;
export const claimNameBytesMax = 64;
export const namespaceBytesMax = 64;
/** How a user signed in, as a statement says it: a word and the issuer's address. */
export const methodBytesMax = 128;
/** An e-mail address (RFC 5321 section 4.5.3.1: a path of 256 bytes with its brackets). */
export const emailBytesMax = 254;
/** Questions for the keys of e-mail addresses, of one user, so that nobody walks through a list of addresses. */
export const emailLooksPerMinute = 6;
export const emailLooksBurst = 32;
/** Users whose questions are metered; the longest silent is forgotten first. */
export const emailLookersMax = 10_000;
/** What a device remembers having noticed about its user. */
export const noticesMax = 64;
/** Requests for the public log over HTTP from one address, per second and at once: an audit reads thousands of tiles. */
export const logRequestsPerSecond = 200;
export const logRequestsBurst = 2_000;
/** Body of a call over HTTP: a proof of `proofDepthMax` attestations in base64url, the largest request there is. */
export const httpBodyBytesMax = 64 * 1024;
/** Calls over HTTP of one address, per second and at once: a house behind one address, or a server with many devices. */
export const httpCallsPerSecond = 100;
export const httpCallsBurst = 400;
/** The same of one device that has proven its key: a program that asks instead of listening. */
export const httpDeviceCallsPerSecond = 20;
export const httpDeviceCallsBurst = 100;
/** Devices whose calls over HTTP are metered; the longest silent is forgotten first. */
export const httpDevicesMax = 10_000;
/** Web origins of the pages that may use a site: a house has a few applications. */
export const siteOriginsMax = 32;
/** A web origin: scheme, a host name of at most 253 bytes, port. */
export const originBytesMax = 270;
/** A nonce for proofs of possession over HTTP is given for this long, and taken as long again. */
export const dpopNonceMs = 2 * 60_000;
/** A proof of possession over HTTP: header, key, claims and signature are below 700 bytes. */
export const dpopProofBytesMax = 2 * 1024;
/** Name of one proof; clients use a UUID. */
export const dpopNameBytesMax = 128;
/** Proofs remembered in twice `dpopNonceMs`, of devices with a token and of all others: 546 calls per second each. */
export const dpopProofsMax = 131_072;
/** A token of a lease: until then a right that is taken back where no feed of revocations arrives still opens the log. */
export const leaseTokenMs = 15 * 60_000;
/** Tiles of the log that a node keeps at hand. */
export const logTilesKeptMax = 1_024;
/** Cost of a PIN's scrypt, as the logarithm of N: usual is 64 MiB and about a second; more than 1 GiB is an attack on who recovers. */
export const stretchCostLogUsual = 16;
export const stretchCostLogMin = 12;
export const stretchCostLogMax = 20;
/** Realms of one recovery: friends whose nodes somebody can name, and their card stays small. */
export const recoveryRealmsMax = 8;
/** Plaintext of a recovery card, padded: eight realms with long addresses fit, and all cards look alike. */
export const recoveryCardBytes = 4096;
/** What a recovery gives back: a user's secret and where her home is. */
export const recoveryPayloadBytesMax = 512;
/** Address of a realm. */
export const recoveryUrlBytesMax = 128;
/** Wrong guesses after which a realm destroys its share, unless the user has said otherwise, and at most. */
export const recoveryTriesUsual = 10;
export const recoveryTriesMax = 100;
/** Guesses that a realm allows after it was restored from a backup: a mistyped PIN and the right one. */
export const restoredTriesMax = 2;
/** Recoveries for which one user makes a node a realm, and open grants of one user. */
export const recoveriesPerUserMax = 8;
export const recoveryGrantsMax = 8;
/** A grant to a friend who has no account here. */
export const recoveryGrantMs = 30 * 24 * 3_600_000;
/** Guesses that a realm counts for ids that nobody registered, so that those lock like others; the oldest are forgotten. */
export const recoveryDecoysMax = 10_000;
/** Evaluations for one id: a person mistypes a few times in a row, then thinks. */
export const recoveryGuessesPerSecond = 0.2;
export const recoveryGuessesBurst = 12;
/** Evaluations of a node for everybody: each costs a few milliseconds of its only thread. */
export const recoveryEvaluationsPerSecond = 20;
export const recoveryEvaluationsBurst = 100;
/** One call of a facet between an application and its home: the largest answer is a list of attestations. */
export const facetBytesMax = 512 * 1024;
/** Requests for a reset that wait for an admin, and how long they wait. */
export const resetsMax = 256;
export const resetsPerUserMax = 4;
export const resetMs = 14 * 24 * 3_600_000;
/** Envelopes in one part of a key set: a few milliseconds of sealing, so that a phone that sleeps loses little. */
export const keySetPartMax = 256;
/** Parts of one key set: a site at its fullest, and some that are made anew for who changed keys meanwhile. */
export const keySetPartsMax = 512;
/** Members, and bytes, of one page of those to whom a site's key is sealed: their proofs are of very different size. */
export const keyRosterMax = 256;
export const keyRosterBytesMax = 256 * 1024;
/** Earlier key sets of a site or keys of a user in one answer. */
export const keyLinksMax = 64;
/** An envelope: key epoch or generation, two secrets, what sealing adds. */
export const envelopeBytesMax = 256;
/** A device that re-keys says at least this often that it is still at it; a phone that sleeps is relieved after it. */
export const rekeyLeaseMs = 30_000;
/** Sites for which one device re-keys at once: each costs it CPU and the node a lease. */
export const rekeyLeasesMax = 4;
/** Sites that wait for a new key, in one look of the node for somebody who can make it. */
export const rekeyLookMax = 256;
/** What makes keys due often comes together; it is announced this long after. */
export const rekeyNoticeMs = 50;
/** How long a reader waits for the key of entries that it meets, as long as the node answers, before it shows them as closed. */
export const keyWaitMs = 5_000;
/** How long it waits for a node that does not answer: the connection comes back meanwhile, a machine without a network may not. */
export const keySeekMs = 60_000;
/** A sign-in with an e-mail provider, from its beginning to the digits: somebody finds her password meanwhile. */
export const emailVisitMs = 5 * 60_000;
/** How long a new device waits for another one of its user: she walks to it. */
export const handOverMs = 10 * 60_000;
/** Sign-ins that are under way at a node, from one address, and of one device: the rest are told `tooMany`. */
export const emailVisitsMax = 4_096;
export const emailVisitsPerAddressMax = 32;
export const emailVisitsPerDeviceMax = 4;
/** New devices that wait at once for the users of one address; an eighth is a flood, not a family. */
export const knocksPerEmailMax = 8;
/** Wrong digits after which a sign-in is over: three in a million. */
export const emailCodeTries = 3;
/** Addresses of one user, and devices that signed in with one address, that a node remembers. */
export const emailsPerUserMax = 64;
export const devicesPerEmailMax = 256;
/** E-mail providers of a node: a page of buttons. */
export const providersMax = 16;
/** Address to which a browser is sent, with all that a provider wants in it, and with what it comes back. */
export const providerUrlBytesMax = 8_192;
/** An answer of a provider: its keys and what it says about itself are a few kilobytes. */
export const providerAnswerBytesMax = 256 * 1024;
/** How long a provider may take for one answer. */
export const providerMs = 5_000;
/** How long is believed what a provider has said about itself. */
export const providerFreshMs = 10 * 60_000;
/** What one device hands to another, sealed: the secret of a user. */
export const handOverBytesMax = 1_024;
/** Devices that wait at once to be let in: at a node, from one address (a classroom), of one device. */
export const pairingsMax = 4_096;
export const pairingsPerAddressMax = 32;
export const pairingsPerDeviceMax = 2;
/** Waiting devices that one user has answered at once: one in each hand, and a helper. */
export const pairingsPerUserMax = 4;
/** The code of a pairing as somebody types it: eight characters, with room for how she parts them. */
export const pairingCodeBytesMax = 32;
/** Keys of a user that go with a hand-over; with more, her other devices hand them on as to any device. */
export const handedGenerationsMax = 16;
/** Ways to open the keys of one device: a passphrase, and passkeys for a spare. */
export const lockWaysMax = 4;
/** How often whoever opens locked keys is asked before it is an error: a program that is wrong once stays so. */
export const lockTriesMax = 5;
/** The record of a lock with all its ways. */
export const lockBytesMax = 8_192;
/** Longest id of a passkey (WebAuthn level 3, section 4). */
export const passkeyIdBytesMax = 1_023;
/** How often a device asks what became of its pairing when it is not told: a person is waiting. */
export const pairingLookMs = 2_000;
/** A proof on its own: as many attestations as there may be, and the root key. */
export const proofBytesMax = proofDepthMax * (signedBytesMax + 8) + 64;
/** People whose verification is asked for in one call of an application: a page of members. */
export const trustAskedMax = 1_024;
/** Proofs of sealed grants that a device keeps; each is looked at when a node asks for one. */
export const proofsKeptMax = 64;
/** How often a device asks what became of a sign-in: a person is waiting. */
export const emailLookMs = 1_000;
