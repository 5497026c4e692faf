import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Doc, XmlElement, XmlText, type XmlFragment } from 'yjs';
import { markdownOf } from './document-text.ts';

type Marks = Readonly<Record<string, object>>;
type Node = XmlElement | XmlText;

const text = (...pieces: readonly (string | readonly [string, Marks])[]): XmlText => {
  const made = new XmlText();
  made.applyDelta(
    pieces.map((piece) =>
      typeof piece === 'string'
        ? { insert: piece, attributes: {} }
        : { insert: piece[0], attributes: piece[1] },
    ),
  );
  return made;
};

const element = (name: string, ...children: readonly (Node | string)[]): XmlElement => {
  const made = new XmlElement(name);
  made.insert(
    0,
    children.map((child) => (typeof child === 'string' ? text(child) : child)),
  );
  return made;
};

const heading = (level: number, words: string): XmlElement => {
  const made = element('heading', words);
  // What the binding of the editor writes is a number.
  made.setAttribute('level', level as unknown as string);
  return made;
};

function fragmentOf(...blocks: readonly XmlElement[]): XmlFragment {
  const fragment = new Doc().getXmlFragment('prosemirror');
  fragment.insert(0, [...blocks]);
  return fragment;
}

const paragraph = (...children: readonly (Node | string)[]): XmlElement => element('paragraph', ...children);
const item = (...children: readonly XmlElement[]): XmlElement => element('list_item', ...children);

test('[N12] a document is shown as Markdown', () => {
  const shown = markdownOf(
    fragmentOf(
      heading(2, 'The harvest'),
      paragraph(text('The ', ['plums', { strong: {} }], ' are ', ['ripe ', { em: {} }], 'now.')),
      element(
        'bullet_list',
        item(paragraph('baskets')),
        item(paragraph('ladder'), element('ordered_list', item(paragraph('long')), item(paragraph('short')))),
      ),
      element('blockquote', paragraph('pick them dry'), paragraph('and early')),
      element('code_block', 'a ``` b'),
      heading(3, 'Who'),
      paragraph(
        text(['us', { link: { href: 'https://a.example/x y>' } }]),
        element('hard_break'),
        text(['a`b', { code: {} }]),
      ),
    ),
  );
  assert.equal(
    shown,
    [
      '## The harvest',
      'The **plums** are *ripe* now.',
      '- baskets\n- ladder\n\n  1. long\n  2. short',
      '> pick them dry\n>\n> and early',
      '````\na ``` b\n````',
      '### Who',
      '[us](<https://a.example/x%20y%3E>)\\\n``a`b``',
    ].join('\n\n'),
  );
});

test('[N12] what people write stays what it is', () => {
  const shown = markdownOf(
    fragmentOf(
      paragraph('# no heading'),
      paragraph('1. no list'),
      paragraph('- 2 * 3 < 7 [sic]'),
      paragraph(''),
    ),
  );
  assert.equal(shown, '\\# no heading\n\n1\\. no list\n\n\\- 2 \\* 3 \\< 7 \\[sic\\]');
});

test('[N12] of other editors the text is shown, and what is nested without end is cut', () => {
  assert.equal(markdownOf(fragmentOf(element('card', element('title', 'plums')))), 'plums');
  let deep = paragraph('end');
  for (let i = 0; i < 100; i++) deep = element('blockquote', deep);
  assert.match(markdownOf(fragmentOf(deep)), /^(> )+…$/u);
  let inline = element('span', 'end');
  for (let i = 0; i < 100; i++) inline = element('span', inline);
  assert.equal(markdownOf(fragmentOf(paragraph(inline))), '…');
});
