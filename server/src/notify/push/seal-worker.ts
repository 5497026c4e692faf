/** The thread that encrypts crowds of messages. A single executable needs this file as an entry point of its own. */

import { serveDesk } from '../../store/desk-worker.ts';
import { Sealer } from './sealer.ts';

serveDesk(() => new Sealer());
