/**
 * What compiled JSX imports instead of `solid-js/web`: the same, but `template` hands its markup through the
 * one Trusted Types policy of the app (SPEC N4). The policy stays in this file and sees only what the
 * compiler wrote at build time, so text of people can never become markup.
 */

import { template as solidTemplate } from 'solid-js/web';

// The compiler imports what a file happens to need; a list here would be one more thing to keep equal.
export * from 'solid-js/web';

interface Policy {
  createHTML(html: string): string;
}

interface PolicyFactory {
  createPolicy(name: string, rules: Policy): Policy;
}

const asIs: Policy = { createHTML: (html) => html };
const factory: PolicyFactory | undefined = Reflect.get(globalThis, 'trustedTypes');
/** Browsers without Trusted Types get the markup as it is. */
const policy = factory?.createPolicy('solid', asIs) ?? asIs;

/** @public The compiler writes calls of it. */
export function template(html: string, isImportNode?: boolean, isSvg?: boolean): () => Element {
  return solidTemplate(policy.createHTML(html), isImportNode, isSvg);
}
