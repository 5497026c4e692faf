/** The policy of the node in a browser. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { Visits } from './visit.ts';

const chromium = ensureChromium();
const skip = 'reason' in chromium ? chromium.reason : false;
const visits = 'path' in chromium ? await Visits.begin(chromium.path, CHROMIUM_ARGS) : null;
after(() => visits?.[Symbol.asyncDispose]());

test(
  '[N4] the browser refuses markup that is made of text, and code that is not of the build',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const { page } = await visits.open('?as=member');
    const refused = await page.evaluate(async () => {
      const names: string[] = [];
      document.addEventListener('securitypolicyviolation', (event) => names.push(event.effectiveDirective));
      const attempt = (action: () => void): void => {
        try {
          action();
        } catch {
          names.push('threw');
        }
      };
      attempt(() => (document.body.innerHTML = '<b>text</b>'));
      const script = document.createElement('script');
      script.append('globalThis.intruder = true');
      attempt(() => document.head.append(script));
      document.body.setAttribute('style', 'color: red');
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { names, isIn: Reflect.has(globalThis, 'intruder') };
    });
    assert.equal(refused.isIn, false);
    assert.ok(refused.names.includes('threw'));
    assert.ok(refused.names.includes('require-trusted-types-for'));
    assert.ok(refused.names.some((name) => name.startsWith('style-src')));
    await page.context().close();
  },
);
