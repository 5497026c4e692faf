/**
 * What a judge needs of the package and an application does not: no promise to anybody. It is built beside the
 * entry and shares its chunks, so whoever imports it runs the code of the published files (decision 21).
 */

export { authApi, authInternal } from '../api/auth.ts';
export { emailApi } from '../api/email.ts';
export { authFacets, tailFacets } from '../api/facets.ts';
export { notifyInternal } from '../api/notify.ts';
export { peerApi } from '../api/peer.ts';
export { tailApi } from '../api/tail.ts';
export { assert, AssertionError, must } from '../base/assert.ts';
export { base64url, concat, equal, fromBase64url, fromHex, fromUtf8, hex, utf8 } from '../base/bytes.ts';
export { realEnv } from '../base/env.ts';
export { Fault } from '../base/fault.ts';
export { folderPattern, key, logId, siteId } from '../base/ids.ts';
export { clockSkewMs, emailVisitMs } from '../base/limits.ts';
export { reconcileFrameBytesMax } from '../base/limits-reconcile.ts';
export { attest, openAttestation } from '../capability/attestation.ts';
export { bless, openBlessing } from '../capability/blessing.ts';
export { conditionOf } from '../capability/caveat.ts';
export { objectId } from '../capability/cose.ts';
export { delegationsMax, permissionsAll } from '../capability/policy.ts';
export { decodeProof, encodeProof, verifyProof } from '../capability/proof-file.ts';
export { openRevocation, revoke } from '../capability/revocation.ts';
export { userKeysOf } from '../client/identity.ts';
export { recoveryTools } from '../client/open.ts';
export { visit } from '../client/recovery-realms.ts';
export { agree, exchangeKeyOf, newExchangeKey } from '../crypto/agree.ts';
export { deviceIdOf, hkdfExpand, hkdfExtract, siteIdOf, userIdOf } from '../crypto/hash.ts';
export { hpkeKeys, hpkeOpen, hpkeSeal, hpkeSealWith } from '../crypto/hpke.ts';
export { oprfBlind, oprfEvaluate, oprfFinalize, oprfKeyOf, oprfOutput } from '../crypto/oprf.ts';
export { combine, deal, maskBytes, maskShare, unmaskShare } from '../crypto/shares.ts';
export { signRaw, verifyRaw } from '../crypto/sign.ts';
export { cosign, logKey } from '../transparency/checkpoint.ts';
export { decodeNotice, encodeNotice } from '../social/notice.ts';
export { Initiator } from '../social/reconcile/initiator.ts';
export { ItemSet } from '../social/reconcile/item-set.ts';
export { Responder } from '../social/reconcile/responder.ts';
export { consistencyRanges, inclusionRanges, isConsistent, isIncluded } from '../transparency/merkle.ts';
export { base64, fromBase64, readNote, writeKey } from '../transparency/note.ts';
export { decodeCbor, encodeCbor } from '../wire/cbor.ts';
export { list, maybe, struct, union } from '../wire/compound.ts';
export { encodeEntry, EntryCursor } from '../wire/entry.ts';
export { eachFrame, frameKind, putBeat, putFrame, readFault } from '../wire/frame.ts';
export { putFault } from '../wire/frame-answer.ts';
export { bool, bytes, choice, decode, encode, fixed, id, text, uint } from '../wire/shape.ts';
export { nativePrimitives } from './primitives.ts';
export { nativeRuntime } from './runtime.ts';
