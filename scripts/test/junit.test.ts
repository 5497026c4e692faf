import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJunit } from './junit.ts';

const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bun test" tests="4" failures="2">
  <testsuite name="a.test.ts" file="a.test.ts" tests="4" failures="2">
    <testcase name="[A1] good" classname="" time="0.000738" file="a.test.ts" />
    <testsuite name="group &lt;x&gt;">
      <testcase name="a > b &amp; &quot;c&quot; &#10003;" classname="group &lt;x&gt;" time="0.0015">
        <failure type="AssertionError" message="Expected &lt;testcase&gt;&#10;second line">AssertionError</failure>
      </testcase>
      <testcase name="late" classname="group &lt;x&gt;"><skipped /></testcase>
    </testsuite>
    <testcase name="slow" classname=""><failure type="TimeoutError" message="test timed out" /></testcase>
  </testsuite>
</testsuites>`;

test('[G7] a report gives every test with its outcome, groups and first line of the failure', () => {
  assert.deepEqual(parseJunit(REPORT), [
    { name: '[A1] good', outcome: 'passed', message: '' },
    { name: 'group <x> > a > b & "c" ✓', outcome: 'failed', message: 'Expected <testcase>' },
    { name: 'group <x> > late', outcome: 'skipped', message: '' },
    { name: 'slow', outcome: 'failed', message: 'test timed out' },
  ]);
});

test('[G7] a report that is cut off gives the tests that it holds whole', () => {
  for (let end = 0; end <= REPORT.length; end++) {
    const cases = parseJunit(REPORT.slice(0, end));
    assert.deepEqual(cases, parseJunit(REPORT).slice(0, cases.length));
  }
});
