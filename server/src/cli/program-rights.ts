/** The commands about rights: handing on, listing, taking back, proofs, groups (SPEC R9). */

import type { Command } from 'commander';
import type * as ProofCommands from './commands/proofs.ts';
import type * as ProgramCommands from './commands/programs.ts';
import type * as RightsCommands from './commands/rights.ts';
import type { Bind } from './program.ts';

const programs = (): Promise<typeof ProgramCommands> => import('./commands/programs.ts');
const rights = (): Promise<typeof RightsCommands> => import('./commands/rights.ts');

export function addRightsCommands(program: Command, bind: Bind): void {
  program
    .command('share')
    .description('hand on a part of what you may do in a site')
    .argument('<site>')
    .argument('<who>', 'name, id or key of a member; with --group the name of a group')
    .option('--permissions <list>', 'read unless said otherwise')
    .option('--on <what>', 'a log, or a folder as `docs/*`; everything unless said otherwise')
    .option('--until <date>', 'as 2027-01-31; as long as your own unless said otherwise')
    .option('--delegations <number>', 'how often it may be handed on; 0 unless said otherwise')
    .option('--quota <number>', 'how many grants may be made of it')
    .option('--network <prefix...>', 'only from these networks, as 10.0.0.0/8')
    .option('--origin <origin>', 'only from pages of this web origin')
    .option('--hours <window...>', 'only then, UTC, as mon-fri:09:00-17:00')
    .option('--group', 'to a group')
    .option('--sealed <file>', 'the node keeps a hash only; give this proof to whom it is for')
    .action(bind(async (context, words, flags) => (await rights()).share(context, words, flags)));
  program
    .command('grants')
    .description('what has been handed on in a site, as far as you may see it')
    .argument('<site>')
    .action(bind(async (context, words) => (await rights()).grants(context, words[0] ?? '')));
  program
    .command('who')
    .description('who may do what in a site, or on one log of it')
    .argument('<site>')
    .argument('[log]')
    .action(bind(async (context, words) => (await rights()).who(context, words[0] ?? '', words[1])));
  program
    .command('what')
    .description('what you may do, everywhere or in one site; what somebody may do in yours')
    .argument('[site]')
    .argument('[who]', 'a member of it, for its admins')
    .action(bind(async (context, words) => (await rights()).what(context, words)));
  program
    .command('changes')
    .description('what was granted and taken back in a site, the oldest first; for its admins')
    .argument('<site>')
    .option('--from <place>', 'only what came after, as the last line of an earlier answer says')
    .action(
      bind(async (context, words, flags) =>
        (await import('./commands/changes.ts')).changes(context, words[0] ?? '', flags),
      ),
    );
  program
    .command('revoke')
    .description('take a grant back, with everything that stands on it')
    .argument('<site>')
    .argument('<grant>', 'as `grants` shows it')
    .option('--preview', 'only say what would fall')
    .option('--force', 'also while you lack the newest key of the site, which may be lost with them')
    .action(bind(async (context, words, flags) => (await rights()).revoke(context, words, flags)));
  addProgramCommands(program, bind);
  addProofCommands(program, bind);
  addGroupCommands(program, bind);
}

function addProgramCommands(program: Command, bind: Bind): void {
  program
    .command('bless')
    .description('let a program act for you over HTTP for a day, with a key of its own')
    .argument('<key>', 'public key of the program, base64url')
    .option('--permissions <list>', 'read,write unless said otherwise')
    .option('--until <date>', 'as 2027-01-31T12:00Z; in a day unless said otherwise')
    .action(bind(async (context, words, flags) => (await programs()).blessProgram(context, words, flags)));
  program
    .command('origins')
    .description('of which web origins the pages may use a site; to say so, as its admin, name them')
    .argument('<site>')
    .argument('[origin...]', 'as https://app.example')
    .option('--any', 'pages of every origin that may call the node')
    .action(bind(async (context, words, flags) => (await programs()).origins(context, words, flags)));
  program
    .command('ids')
    .description('the ids by which programs name a site and its logs')
    .argument('<site>')
    .action(bind(async (context, words) => (await programs()).ids(context, words[0] ?? '')));
}

function addProofCommands(program: Command, bind: Bind): void {
  const proof = program.command('proof').description('proofs of rights, verified without a node');
  proof
    .command('export')
    .description('write the proof of a grant to a file')
    .argument('<site>')
    .argument('<grant>')
    .argument('<file>')
    .action(bind(async (context, words) => (await rights()).proofExport(context, words)));
  proof
    .command('verify')
    .description('say what a proof proves')
    .argument('<file>')
    .option('--at <date>', 'at that date; now unless said otherwise')
    .action(
      bind(async (context, words, flags) => (await rights()).proofVerify(context, words[0] ?? '', flags)),
    );
  addShelfCommands(proof, bind);
}

function addShelfCommands(proof: Command, bind: Bind): void {
  const shelf = (): Promise<typeof ProofCommands> => import('./commands/proofs.ts');
  proof
    .command('keep')
    .description('keep the proof of a sealed grant: it is shown to the node whenever that asks')
    .argument('<file>')
    .action(bind(async (context, words) => (await shelf()).proofKeep(context, words[0] ?? '')));
  proof
    .command('list')
    .description('those that are kept and hold now')
    .action(bind(async (context) => (await shelf()).proofList(context)));
  proof
    .command('forget')
    .description('keep it no longer')
    .argument('<grant>', 'as `proof list` shows it')
    .action(bind(async (context, words) => (await shelf()).proofForget(context, words[0] ?? '')));
}

function addGroupCommands(program: Command, bind: Bind): void {
  const group = program.command('group').description('groups that rights are given to');
  group
    .command('found')
    .description('make one')
    .argument('<title>')
    .action(bind(async (context, words) => (await rights()).groupFound(context, words[0] ?? '')));
  group
    .command('list')
    .description('those you are in')
    .action(bind(async (context) => (await rights()).groupList(context)));
  group
    .command('add')
    .description('take a member of a site into a group')
    .argument('<group>')
    .argument('<site>')
    .argument('<who>')
    .option('--admin', 'who may add and remove others')
    .action(bind(async (context, words, flags) => (await rights()).groupAdd(context, words, flags)));
  group
    .command('members')
    .description('who is in it, and by which grant')
    .argument('<group>')
    .action(bind(async (context, words) => (await rights()).groupMembers(context, words[0] ?? '')));
  group
    .command('remove')
    .description('take a grant of a group back')
    .argument('<group>')
    .argument('<grant>', 'as `group members` shows it')
    .action(bind(async (context, words) => (await rights()).groupRemove(context, words)));
}
