/** The commands of the neighbourhood (SPEC Z62), their flags and their help; loaded when one of them runs. */

import type { Command } from 'commander';
import type * as PeerCommands from './commands/peer.ts';
import type { Bind } from './program.ts';

const commands = (): Promise<typeof PeerCommands> => import('./commands/peer.ts');
const WHO = 'key of a user, or a name that somebody has claimed among `people`';

export function addPeerCommands(program: Command, bind: Bind): void {
  program
    .command('post')
    .description('post to your followers, or answer something; standard input when no words are given')
    .argument('[text...]')
    .option('--to <id>', 'what it answers')
    .option('--mention <who...>', WHO)
    .option('--tag <tag...>', 'under which it is found; #words of the text are tags anyway')
    .action(bind(async (context, words, flags) => (await commands()).post(context, words, flags)));
  const page = (name: string, about: string): Command =>
    program
      .command(name)
      .description(about)
      .option('--more <cursor>', 'the rest of a list, as it says itself');
  page('feed', 'what those have posted whom you follow, and you')
    .option('--of <who>', `what one has posted: ${WHO}`)
    .action(bind(async (context, _words, flags) => (await commands()).feed(context, flags)));
  page('inbox', 'what mentions you').action(
    bind(async (context, _words, flags) => (await commands()).inbox(context, flags)),
  );
  page('thread', 'a post and all answers in its thread')
    .argument('<id>')
    .action(bind(async (context, [id = ''], flags) => (await commands()).thread(context, id, flags)));
  page('find', 'posts with all of these words, or with a #tag')
    .argument('<words...>')
    .action(bind(async (context, words, flags) => (await commands()).find(context, words, flags)));
  addActs(program, bind);
}

function addActs(program: Command, bind: Bind): void {
  program
    .command('edit')
    .description('other words in place of those of a post of yours')
    .argument('<id>')
    .argument('<text...>')
    .action(bind(async (context, [id = '', ...text]) => (await commands()).edit(context, id, text)));
  program
    .command('take-back')
    .description('take back posts of yours; what others have copied stays with them')
    .argument('<id...>')
    .action(bind(async (context, ids) => (await commands()).takeBack(context, ids)));
  program
    .command('follow')
    .description('follow somebody; lists whom you follow when nobody is named')
    .argument('[who]', `${WHO}; behind @ her node, as wss://copse.example#KEY`)
    .option('--moved', 'follow those, too, as whom people go on whom you follow')
    .action(bind(async (context, [who], flags) => (await commands()).follow(context, who, flags)));
  program
    .command('unfollow')
    .description('follow somebody no longer')
    .argument('<who>', WHO)
    .action(bind(async (context, [who = '']) => (await commands()).unfollow(context, who)));
  program
    .command('profile')
    .description('what somebody says of herself; with a name or words, what you do')
    .argument('[who]', WHO)
    .option('--name <name>', 'what you are called')
    .option('--about <words>', 'about yourself')
    .action(bind(async (context, [who], flags) => (await commands()).profile(context, who, flags)));
}
