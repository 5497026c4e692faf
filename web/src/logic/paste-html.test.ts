import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PASTED_CHARS_MAX, pastedOf, type Pasted } from './paste-html.ts';

const LISTED = /^(p|div|br|h[1-6]|ul|ol|li|blockquote|pre|code|b|strong|i|em|a|tr)$/u;

/** As lines of tags, to be read. */
function shown(nodes: readonly Pasted[] | null): string {
  return (nodes ?? [])
    .map((node) =>
      node.kind === 'text'
        ? node.text
        : `<${node.tag}${node.href === null ? '' : ` ${node.href}`}>${shown(node.children)}</>`,
    )
    .join('');
}

test('[U36, N4] of pasted HTML a few elements and the text are kept, and nothing that runs', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['<p>Plums <b>and</b> pears</p>', '<p>Plums <b>and</b> pears</>'.replace('</b>', '</>')],
    ['<h1 class=x onclick="go()">A</h1>', '<h1>A</>'],
    ['<a href="https://a.example/?q=1&amp;r=2">x</a>', '<a https://a.example/?q=1&r=2>x</>'],
    ['<a href="javascript:alert(1)">x</a>', '<a>x</>'],
    ['<script>alert(1)</script>b<style>c{}</style>', 'b'],
    ['<img src=x onerror=alert(1)>after', 'after'],
    ['<ul><li>one<li>two</ul>three', '<ul><li>one<li>two</></></>three'],
    ['<b style="font-weight:normal"><span style="font-weight:700">x</span></b>', '<strong>x</>'],
    ['a &lt;b&gt; &#65;&#x42; &unknown;', 'a <b> AB &unknown;'],
    ['<table><tr><td>x</td></tr></table>', '<tr>x</>'],
    ['1 < 2 <!-- hidden -->', '1 < 2 '],
    ['<p title="a > b">x</p>', '<p>x</>'],
    ['<script>never closed', ''],
  ];
  for (const [html, expected] of cases) assert.equal(shown(pastedOf(html)), expected, html);
  assert.equal(pastedOf('x'.repeat(PASTED_CHARS_MAX + 1)), null);
});

test('[U36, G2] any text at all is taken in time and without an element that is not in the list', () => {
  const parts = fc.constantFrom(
    '<',
    '>',
    '"',
    "'",
    'a',
    'b',
    '/',
    ' ',
    'script',
    'href=',
    '<p',
    '<!--',
    '&#',
    ';',
    '=',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(parts, fc.string({ maxLength: 3 })), { maxLength: 80 }), (pieces) => {
      const look = (nodes: readonly Pasted[]): void => {
        for (const node of nodes) {
          if (node.kind === 'text') continue;
          // Written out here: a list that grows is to be thought about twice.
          assert.match(node.tag, LISTED);
          assert.ok(node.href === null || node.href.startsWith('http'));
          look(node.children);
        }
      };
      look(pastedOf(pieces.join('')) ?? []);
    }),
    { numRuns: 500 },
  );
  const startMs = performance.now();
  for (const part of ['<', '<a ', '<a href="', '<!--', '<script', '&#', '"', '<p>', '</p>']) {
    pastedOf(part.repeat(100_000 / part.length));
  }
  assert.ok(performance.now() - startMs < 20_000, 'it does not go over the same text again and again');
});
