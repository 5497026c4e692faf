/** The facet of devices over each of the links (SPEC W10). */

import { directLink, encodedLink } from '../../../lab/suites/auth-stage.ts';
import { devicesSuite } from '../../../lab/suites/devices.suite.ts';

devicesSuite(directLink);
devicesSuite(encodedLink);
