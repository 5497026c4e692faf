/** The thread that checkpoints a file. A single executable needs this file as an entry point of its own. */

import { Checkpointer } from './checkpointer.ts';
import { serveDesk } from './desk-worker.ts';

serveDesk((path) => new Checkpointer(path));
