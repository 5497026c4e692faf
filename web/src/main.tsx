/** The product: the app on the SDK. */

import { askAhead } from './model/ahead.ts';
import { lazyGate } from './model/gate.ts';
import { browserLocal } from './model/local.ts';
import { start } from './shell/start.tsx';

askAhead(browserLocal().hasAccount());
start(lazyGate(location.origin));
