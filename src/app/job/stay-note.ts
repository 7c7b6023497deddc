import { el, show } from '../view/element.ts';
import { isBusy, type RunView } from './run-view.ts';

const STAY =
  'You can work in other tabs meanwhile: the job keeps its rate. Keep this tab open and the machine awake; if it is closed or falls asleep, the job goes on from where it was at your next visit.';
const NOT_PERSISTED =
  'When the disk gets full, this browser may clear what the page stores: a bookmark or an installed page makes it keep it.';

/** What to do, and what not, while a job runs in this tab. */
export function stayNote(): { element: HTMLElement; update(view: RunView): void } {
  const storage = el('span', {});
  const element = el('p', { class: 'help' }, STAY, storage);
  navigator.storage.persisted().then(
    (persisted) => persisted || storage.append(` ${NOT_PERSISTED}`),
    () => undefined,
  );
  return { element, update: (view) => void show(element, isBusy(view)) };
}
