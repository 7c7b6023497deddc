// The parts of WICG File System Access that TypeScript's DOM library lacks: https://wicg.github.io/file-system-access/

type PermissionRequest = { readonly mode: 'read' };

interface PermissionedHandle {
  queryPermission?(request: PermissionRequest): Promise<PermissionState>;
  requestPermission?(request: PermissionRequest): Promise<PermissionState>;
}

type PickerType = {
  readonly description: string;
  readonly accept: Readonly<Record<string, readonly string[]>>;
};

interface PickerWindow {
  showOpenFilePicker?(options: {
    readonly id: string;
    readonly multiple: boolean;
    readonly types: readonly PickerType[];
  }): Promise<readonly FileSystemFileHandle[]>;
  showDirectoryPicker?(options: {
    readonly id: string;
    readonly mode: 'read' | 'readwrite';
  }): Promise<FileSystemDirectoryHandle>;
}

interface HandleItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

const pickers: PickerWindow = globalThis as PickerWindow;

/** What the page reads datasets from. */
export const DATASET_EXTENSIONS = [
  '.jsonl',
  '.ndjson',
  '.csv',
  '.tsv',
  '.tab',
  '.txt',
  '.png',
  '.jpg',
  '.jpeg',
  '.webp',
  '.gif',
  '.bmp',
  '.avif',
  '.md',
  '.gz',
  '.zst',
  '.parquet',
  '.arrow',
  '.feather',
  '.zip',
] as const;

/** False where the browser has no such picker: a file input does the work then. */
export function hasPickers(): boolean {
  return pickers.showOpenFilePicker !== undefined && pickers.showDirectoryPicker !== undefined;
}

/** @throws DOMException `AbortError` when the user closes the picker. */
export async function pickDatasetHandles(): Promise<readonly FileSystemFileHandle[]> {
  const types = [{ description: 'Datasets', accept: { 'text/plain': DATASET_EXTENSIONS } }];
  const handles = await pickers.showOpenFilePicker?.({ id: 'dataset', multiple: true, types });
  if (handles === undefined || handles.length === 0)
    throw new TypeError('expected at least one file from the picker, got none');
  return handles;
}

/** @throws DOMException `AbortError` when the user closes the picker. */
export async function pickDatasetFolder(): Promise<FileSystemDirectoryHandle> {
  const handle = await pickers.showDirectoryPicker?.({ id: 'dataset-folder', mode: 'read' });
  if (handle === undefined) throw new TypeError('expected a folder from the picker, got none');
  return handle;
}

/** @throws DOMException `AbortError` when the user closes the picker. */
export async function pickModelHandle(): Promise<FileSystemDirectoryHandle> {
  const handle = await pickers.showDirectoryPicker?.({ id: 'model', mode: 'read' });
  if (handle === undefined) throw new TypeError('expected a folder from the picker, got none');
  return handle;
}

/** A folder to write to. @throws DOMException `AbortError` when the user closes the picker. */
export async function pickOutputFolder(): Promise<FileSystemDirectoryHandle> {
  const handle = await pickers.showDirectoryPicker?.({ id: 'output', mode: 'readwrite' });
  if (handle === undefined) throw new TypeError('expected a folder from the picker, got none');
  return handle;
}

/** Asks the browser, and through it the user, to read a stored handle again. Must run in the wake of a click. */
export async function canRead(handle: FileSystemHandle): Promise<boolean> {
  const permissioned = handle as FileSystemHandle & PermissionedHandle;
  const request: PermissionRequest = { mode: 'read' };
  if (permissioned.queryPermission === undefined) return true;
  if ((await permissioned.queryPermission(request)) === 'granted') return true;
  try {
    return (await permissioned.requestPermission?.(request)) === 'granted';
  } catch {
    // The click is too long ago for the browser to ask: the user can still choose the file again.
    return false;
  }
}

/** The handle behind a dropped item; null where there is none to have. Must be called within the drop event. */
export async function handleOfItem(item: DataTransferItem): Promise<FileSystemHandle | null> {
  try {
    return (await (item as DataTransferItem & HandleItem).getAsFileSystemHandle?.()) ?? null;
  } catch {
    // A file that is no file of this disk (dragged out of another program): its content can be read, its place cannot.
    return null;
  }
}
