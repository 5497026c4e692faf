/**
 * Bun plugin: compiles Solid's TSX by Babel. Templates go through `src/kit/dom.ts`, so that markup passes a
 * Trusted Types policy (SPEC N4), and styles are set by the CSSOM, never as attributes in markup, because
 * the content security policy refuses those.
 */

import { dirname, join } from 'node:path';
import { transformAsync } from '@babel/core';
import typescript from '@babel/preset-typescript';
import solid from 'babel-preset-solid';
import type { BunPlugin } from 'bun';

const DOM = join(dirname(import.meta.dirname), 'src', 'kit', 'dom.ts');

export const solidPlugin: BunPlugin = {
  name: 'solid',
  setup(build) {
    build.onLoad({ filter: /\.tsx$/ }, async ({ path }) => {
      const result = await transformAsync(await Bun.file(path).text(), {
        filename: path,
        babelrc: false,
        configFile: false,
        presets: [
          [solid, { moduleName: DOM, inlineStyles: false, omitNestedClosingTags: true }],
          [typescript, { onlyRemoveTypeImports: true, allowDeclareFields: true }],
        ],
      });
      if (typeof result?.code !== 'string') throw new Error(`Babel made nothing of ${path}`);
      return { contents: result.code, loader: 'js' };
    });
  },
};
