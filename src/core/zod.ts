import { z } from 'zod';

// Without this Zod tries `new Function` once, which the page's content security policy refuses, and reports.
z.config({ jitless: true });

/** Zod as all of Millrace uses it: it compiles no code. */
export { z };
