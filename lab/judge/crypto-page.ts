/** The judge inside a page: fetches the cases, asks the browser's primitives, and posts the report. */

import { browserPrimitives } from 'copse/internal/browser/primitives.ts';
import { isCases, type Report } from './crypto-case.ts';
import { judge } from './crypto-suite.ts';

async function report(): Promise<Report> {
  const cases: unknown = await (await fetch('/cases.json')).json();
  if (!isCases(cases)) throw new Error('the page got no cases');
  const runtime = /Chrome\/[\d.]+/u.exec(navigator.userAgent)?.[0] ?? navigator.userAgent;
  return { runtime, ...(await judge(browserPrimitives(), cases)) };
}

const answer = await report().catch((thrown: unknown) => ({ error: String(thrown) }));
await fetch('/report', { method: 'POST', body: JSON.stringify(answer) });
