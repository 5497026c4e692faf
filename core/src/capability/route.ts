/**
 * The route of a right: where each attestation of a path stands, and whether its issuer could issue it
 * there (SPEC A9, R1, R3). A site's root key issues the first; each later one is issued by the subject of
 * the one before. After an attestation to a group come the group's own, issued in its namespace, until
 * they reach a user; she may then issue in the group or, by what the group holds, in the site again.
 */

import { must } from '../base/assert.ts';
import { equal } from '../base/bytes.ts';
import type { Key, SiteId } from '../base/ids.ts';
import { siteIdOf } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Attestation } from './attestation.ts';
import { mayHandOn, permission } from './policy.ts';

export type RouteRefusal =
  /** The first is not issued by the root key, or a later one not by the subject before it. */
  | 'wrongIssuer'
  | 'otherSite'
  /** More than the issuer held, or handed on more often than allowed. */
  | 'tooWide'
  /** It leads back to its issuer, or into a group that it is in. */
  | 'cycle';

/** Where an attestation stands. */
export interface Place {
  readonly link: Attestation;
  /** The one of the same namespace that it narrows; null when the root key issued it. */
  readonly above: Attestation | null;
  /** Where on the path its namespace begins: from here on lies what it stands on by itself. */
  readonly from: number;
}

interface Frame {
  readonly site: SiteId;
  readonly root: Key;
  readonly from: number;
  last: Attestation | null;
}

const MAY_ADD = permission.invite | permission.admin;

export class Route {
  readonly #primitives: Primitives;
  /** The site, and the groups that the path is in, innermost last. */
  readonly #frames: Frame[];
  readonly places: Place[] = [];

  constructor(primitives: Primitives, root: Key) {
    this.#primitives = primitives;
    this.#frames = [{ site: siteIdOf(primitives, root), root, from: 0, last: null }];
  }

  /** The attestation whose rights the path gives on its site; null before the first. */
  get granting(): Attestation | null {
    return this.#frames[0]?.last ?? null;
  }

  /** Goes on by one; or why it cannot. */
  take(link: Attestation): RouteRefusal | null {
    const before = this.places.at(-1)?.link;
    const inner = must(this.#frames.at(-1), 'a route is in a namespace');
    const isFirst = inner.last === null;
    if (!equal(link.issuer, isFirst || before === undefined ? inner.root : before.subject))
      return 'wrongIssuer';
    const depth = this.#frames.findLastIndex((each) => each.site === link.site);
    const frame = this.#frames[depth];
    if (frame === undefined || (isFirst && frame !== inner)) return 'otherSite';
    if (this.#leadsBack(link)) return 'cycle';
    const above = frame.last;
    if (above !== null && !this.#mayIssue(link, { above, before, depth })) return 'tooWide';
    this.#frames.length = depth + 1;
    frame.last = link;
    this.places.push({ link, above, from: frame.from });
    if (link.subjectKind === 'group') this.#enter(link.subject);
    return null;
  }

  #enter(root: Key): void {
    const site = siteIdOf(this.#primitives, root);
    this.#frames.push({ site, root, from: this.places.length, last: null });
  }

  /** Somebody who has left may be let in again by whom she had let in; a group that is in itself is nonsense. */
  #leadsBack(link: Attestation): boolean {
    if (equal(link.subject, link.issuer)) return true;
    if (link.subjectKind !== 'group') return false;
    const entered = siteIdOf(this.#primitives, link.subject);
    return this.#frames.some((frame) => frame.site === entered);
  }

  #mayIssue(
    link: Attestation,
    place: { readonly above: Attestation; readonly before: Attestation | undefined; readonly depth: number },
  ): boolean {
    const { above, before, depth } = place;
    // A one-time key does nothing but hand its rights on to a user, where it was given them.
    if (before?.subjectKind === 'oneTime' && (link.subjectKind !== 'user' || before !== above)) return false;
    // Who speaks for a group is one of its members.
    const inner = this.#frames.slice(depth + 1);
    if (inner.some(({ last }) => last === null || (last.permissions & permission.read) === 0)) return false;
    // Being in a group is for everybody whom it is handed to, adding others is not.
    const isGroup = depth > 0;
    if (isGroup && before?.subjectKind !== 'oneTime' && (above.permissions & MAY_ADD) === 0) return false;
    return mayHandOn(above, link);
  }

  /** Whether the path has reached somebody who may use it: not inside a group that it shows no membership of. */
  get isMember(): boolean {
    return this.#frames
      .slice(1)
      .every(({ last }) => last === null || (last.permissions & permission.read) !== 0);
  }
}
