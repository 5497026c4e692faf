/**
 * What compiled JSX imports instead of `solid-js/web`: the same, but `template` hands its markup through the
 * one Trusted Types policy of the app (SPEC N4). The policy stays in this file and sees only what the
 * compiler wrote at build time and two addresses, so text of people can never become markup or code.
 */

import { assert } from 'copse/internal/base/assert.ts';
import { template as solidTemplate } from 'solid-js/web';

// The compiler imports what a file happens to need; a list here would be one more thing to keep equal.
export * from 'solid-js/web';

const WORKER = 'service-worker.js';
/** Path of the worker with the messages of the neighbourhood, put in by the build. */
declare const PEER_WORKER: string;
/** The same of the worker that works for a stamp. */
declare const WORK_WORKER: string;

interface Policy {
  createHTML(html: string): string;
  createScriptURL(url: string): string;
}

interface PolicyFactory {
  createPolicy(name: string, rules: Policy): Policy;
}

const rules: Policy = {
  createHTML: (html) => html,
  createScriptURL(url) {
    assert([WORKER, PEER_WORKER, WORK_WORKER].includes(url), 'the app starts three workers');
    return url;
  },
};
const factory: PolicyFactory | undefined = Reflect.get(globalThis, 'trustedTypes');
/** Browsers without Trusted Types get the texts as they are. */
const policy = factory?.createPolicy('solid', rules) ?? rules;

/** @public The compiler writes calls of it. */
export function template(html: string, isImportNode?: boolean, isSvg?: boolean): () => Element {
  return solidTemplate(policy.createHTML(html), isImportNode, isSvg);
}

/** The address of the service worker. */
export function workerUrl(): string {
  return policy.createScriptURL(WORKER);
}

/** The address of the worker with the messages of the neighbourhood. */
export function peerWorkerUrl(): string {
  return policy.createScriptURL(PEER_WORKER);
}

/** The address of the worker that works for a stamp. */
export function workWorkerUrl(): string {
  return policy.createScriptURL(WORK_WORKER);
}
