import { handleOfItem } from './file-system-access.ts';
import { inputFromFile, inputFromHandle, together, type PickedInput } from './input-file.ts';

/** What was dropped on the page. */
export type Dropped =
  | { readonly kind: 'file'; readonly input: PickedInput }
  | { readonly kind: 'folder'; readonly handle: FileSystemDirectoryHandle };

/** The files and folders of a drop. Must be called within the drop event: the list is empty afterwards. */
export async function droppedItems(transfer: DataTransfer): Promise<readonly Dropped[]> {
  const candidates = [...transfer.items]
    .filter((item) => item.kind === 'file')
    .map((item) => ({ file: item.getAsFile(), handle: handleOfItem(item) }));
  const dropped: Dropped[] = [];
  const files: PickedInput[] = [];
  for (const candidate of candidates) {
    const handle = await candidate.handle;
    if (handle?.kind === 'directory')
      dropped.push({ kind: 'folder', handle: handle as FileSystemDirectoryHandle });
    else if (handle?.kind === 'file') files.push(await inputFromHandle(handle));
    else if (candidate.file !== null) files.push(inputFromFile(candidate.file));
  }
  return [...dropped, ...asDatasets(files)];
}

/** Data files that are dropped together are one dataset; a job spec is none. */
function asDatasets(inputs: readonly PickedInput[]): readonly Dropped[] {
  const isData = ({ name }: PickedInput) => !name.toLowerCase().endsWith('.json');
  const data = inputs.filter(isData);
  return [...(data.length === 0 ? [] : [together(data)]), ...inputs.filter((input) => !isData(input))].map(
    (input) => ({ kind: 'file', input }),
  );
}

/** Takes drops anywhere on the page, and keeps the browser from opening a file that missed. @returns a function that stops it. */
export function acceptDrops(
  onDrop: (dropped: readonly Dropped[]) => void,
  onError: (thrown: unknown) => void,
): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const marker = document.documentElement;
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
  addEventListener(
    'dragover',
    (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      marker.classList.add('dragging');
    },
    { signal },
  );
  addEventListener(
    'dragleave',
    (event) => {
      // Leaving an element for its child is not leaving the page.
      if (event.relatedTarget === null) marker.classList.remove('dragging');
    },
    { signal },
  );
  addEventListener(
    'drop',
    (event) => {
      marker.classList.remove('dragging');
      if (event.dataTransfer === null || !hasFiles(event)) return;
      event.preventDefault();
      droppedItems(event.dataTransfer).then(onDrop, onError);
    },
    { signal },
  );
  return () => stop.abort();
}
