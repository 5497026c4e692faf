/** Both engines of e-mail sign-ins run the contract suite. */

import { emailStoreSuite } from '../../../lab/suites/email-store.suite.ts';
import { MemoryEmails } from './email-memory.ts';
import { EMAIL_STEP } from './email-schema.ts';
import { SqliteEmails } from './email-sqlite.ts';
import { GroupCommit } from './group-commit.ts';
import { openMigrated } from './migrate.ts';

emailStoreSuite({
  name: 'memory',
  open: async () => ({ emails: new MemoryEmails(), async [Symbol.asyncDispose]() {} }),
});
emailStoreSuite({
  name: 'SQLite',
  async open() {
    const database = openMigrated(':memory:', { name: 'e-mails', steps: [EMAIL_STEP] });
    const schedule = (task: () => void): void => void setImmediate(task);
    const commits = new GroupCommit(database, { schedule, onCommit: () => {} });
    return {
      emails: new SqliteEmails(database, (task) => commits.write(task)),
      async [Symbol.asyncDispose]() {
        commits.close();
        database.close();
      },
    };
  },
});
