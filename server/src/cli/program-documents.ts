/** The commands about documents: list, show, save. */

import type { Command } from 'commander';
import type * as DocumentCommands from './commands/documents.ts';
import type { Bind } from './program.ts';

const documents = (): Promise<typeof DocumentCommands> => import('./commands/documents.ts');

export function addDocumentCommands(program: Command, bind: Bind): void {
  const document = program.command('document').description('documents that people of a site write together');
  document
    .command('list')
    .description('the titles of the documents of a site')
    .argument('<site>')
    .action(bind(async (context, [site = '']) => (await documents()).listDocuments(context, site)));
  document
    .command('show')
    .description('print a document as Markdown')
    .argument('<site>')
    .argument('<title>')
    .option('--text <name>', 'the shared text of that name, as it is: what editors of code write')
    .action(
      bind(async (context, [site = '', title = ''], { text }) => {
        const { showDocument, showText } = await documents();
        if (typeof text === 'string') await showText(context, [site, title], text);
        else await showDocument(context, [site, title]);
      }),
    );
  document
    .command('save')
    .description('write a document to a new file that programs on Yjs read')
    .argument('<site>')
    .argument('<title>')
    .argument('<file>')
    .action(
      bind(async (context, [site = '', title = '', file = '']) =>
        (await documents()).saveDocument(context, [site, title], file),
      ),
    );
}
