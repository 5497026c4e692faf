/** The facet of e-mail over each of the links (SPEC W10). */

import { directLink, encodedLink } from '../../../lab/suites/auth-stage.ts';
import { emailSuite } from '../../../lab/suites/email.suite.ts';

emailSuite(directLink);
emailSuite(encodedLink);
