import { connectJobWorker } from '../rpc/connect-job-worker.ts';
import { trustOwnScripts } from '../util/trust-own-scripts.ts';
import { installPageApi, isDriven } from './page-api.ts';
import { startApp } from './start-app.ts';
import { startDriven } from './start-driven.ts';

const root = document.getElementById('app');
if (root === null) throw new Error('index.html has no element "app"');

trustOwnScripts();
const { api } = connectJobWorker();
if (isDriven()) {
  startDriven(root, api);
} else {
  installPageApi(api, () => undefined);
  startApp(root, api);
}
