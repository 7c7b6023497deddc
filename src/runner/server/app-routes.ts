import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { JobError } from '../../core/job-error.ts';
import { listFiles } from './list-files.ts';
import type { ServedFile } from './served-file.ts';
import { servedFile } from './served-file.ts';

/**
 * URL paths of the built page, fixed when the server starts. A request is looked up here and never joined to a folder,
 * so `..` has nothing to climb.
 * @throws JobError `BROWSER_FAILED` when the page was not built.
 */
export async function appRoutes(appDir: string): Promise<ReadonlyMap<string, ServedFile>> {
  const paths = await listFiles(appDir, 8, 10_000).catch((): readonly string[] => []);
  if (!paths.includes('index.html')) {
    throw new JobError('BROWSER_FAILED', `The page of millrace is not in ${appDir}.`, {
      hint: 'In a clone, build it with `npm run build`; an installed package that lacks it is damaged: install it again.',
    });
  }
  const routes = new Map<string, ServedFile>();
  const root = await realpath(appDir);
  for (const path of paths) {
    const file = await servedFile(join(appDir, path)).catch(() => null);
    // Links that lead out of the folder, or nowhere, are no part of the page.
    if (file === null || !file.path.startsWith(root + sep)) continue;
    routes.set(`/${path.split('/').map(encodeURIComponent).join('/')}`, file);
    if (path === 'index.html') routes.set('/', file);
  }
  return routes;
}
