/** The commands about logs: write, tail, snapshots, replay. */

import type { Command } from 'commander';
import type * as LogCommands from './commands/logs.ts';
import type { Bind } from './program.ts';

const logs = (): Promise<typeof LogCommands> => import('./commands/logs.ts');

export function addLogCommands(program: Command, bind: Bind): void {
  program
    .command('write')
    .description('append to a log: the words given, or every line of standard input')
    .argument('<site>')
    .argument('<log>')
    .argument('[text...]')
    .option('--raw', 'each line is a JSON value')
    .option('--at <position>', 'only when the entry gets this position')
    .option('--news', 'those who are away are to hear of it')
    .option(
      '--mention <name>',
      'tell a member above all: her name, how her id begins, or `everyone`; may be repeated',
      collected,
    )
    .action(
      bind(async (context, [site = '', log = '', ...text], flags) =>
        (await logs()).write(context, [site, log], text, flags),
      ),
    );
  program
    .command('tail')
    .description('print a log')
    .argument('<site>')
    .argument('<log>')
    .option('--from <position>', 'first position; the first kept one unless said otherwise')
    .option('--last <number>', 'or the last so many entries')
    .option('--count <number>', 'at most so many entries')
    .option('--follow', 'also those to come')
    .option('--no-follow', 'only those that are there, as without it')
    .action(
      bind(async (context, words, flags) =>
        (await logs()).tail(context, [words[0] ?? '', words[1] ?? ''], flags),
      ),
    );
  program
    .command('snapshots')
    .description('the snapshots of a log, and whether they stand for the entries that are there')
    .argument('<site>')
    .argument('<log>')
    .action(
      bind(async (context, words) => (await logs()).snapshots(context, [words[0] ?? '', words[1] ?? ''])),
    );
  addReplay(program, bind);
}

function collected(word: string, before: readonly string[] = []): readonly string[] {
  return [...before, word];
}

function addReplay(program: Command, bind: Bind): void {
  program
    .command('replay')
    .description('feed an editing trace through a node and check what readers get')
    .argument('<file>', 'trace, .json or .json.gz')
    .option('--writers <number>', 'writer processes that take turns', '3')
    .option('--readers <number>', 'reader processes', '2')
    .option('--turn <number>', 'transactions of one turn', '500')
    .option('--limit <number>', 'at most so many transactions; 0 is all', '0')
    .option('--chaos', 'kill the node and cut the lines at random moments')
    .action(
      bind(async (context, words, flags) =>
        (await logs()).replayFile(context, words[0] ?? '', {
          writers: text(flags, 'writers'),
          readers: text(flags, 'readers'),
          turn: text(flags, 'turn'),
          limit: text(flags, 'limit'),
          chaos: flags['chaos'] === true,
        }),
      ),
    );
  program
    .command('replay-worker', { hidden: true })
    .argument('<job>')
    .action(
      bind(async (_context, words) =>
        (await import('./commands/replay-worker.ts')).replayWorker(words[0] ?? ''),
      ),
    );
}

function text(flags: Readonly<Record<string, unknown>>, name: string): string {
  const value = flags[name];
  return typeof value === 'string' ? value : '';
}
