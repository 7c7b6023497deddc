import { describe, expect, it } from 'vitest';
import { guessIdColumn, guessTextColumn } from '../../../src/app/setup/guess-columns.ts';
import {
  EMPTY_FORM,
  missingColumns,
  specFromForm,
  stillNeeded,
  withPreview,
  withSpec,
  type SetupForm,
} from '../../../src/app/setup/setup-form.ts';
import { inputFromFile } from '../../../src/app/files/input-file.ts';
import { modelFromFiles } from '../../../src/app/files/model-folder.ts';
import { JobError } from '../../../src/core/job-error.ts';
import type { InputPreview } from '../../../src/core/job-api.ts';
import { parseJobSpec } from '../../../src/core/job-spec.ts';
import { PREVIEW } from './scripted-job-api.ts';
import { withTask } from '../../../src/app/setup/task-form.ts';

function previewOf(columns: readonly string[], ...rows: readonly (readonly string[])[]): InputPreview {
  const facts = { encoding: 'utf-8', delimiter: ',', header: true } as const;
  return { format: 'csv', facts, columns, rows, rejects: [], byteLength: 1, files: 1 };
}

function ready(): SetupForm {
  return withPreview({ ...EMPTY_FORM, input: inputFromFile(new File(['{}'], 'glosses.jsonl')) }, PREVIEW);
}

describe('guessTextColumn', () => {
  it('goes by name first, in the order of the names', () => {
    expect(
      guessTextColumn(previewOf(['title', 'Body', 'text'], ['a long title, longer than all', 'b', 'c'])),
    ).toBe('text');
    expect(guessTextColumn(previewOf(['title', 'Body'], ['a long title, longer than all', 'b']))).toBe(
      'Body',
    );
  });
  it('takes the longest cells otherwise', () => {
    expect(guessTextColumn(previewOf(['a', 'b', 'c'], ['1', 'a sentence', 'xy'], ['22', '', 'xy']))).toBe(
      'b',
    );
    expect(guessTextColumn(previewOf([]))).toBeNull();
  });
});

describe('guessIdColumn', () => {
  it('takes a column named like an id only when its values can be ids', () => {
    expect(guessIdColumn(previewOf(['id', 'text'], ['1', 'a'], ['2', 'b']), 'embed')).toBe('id');
    expect(guessIdColumn(previewOf(['id', 'text'], ['1', 'a'], ['1', 'b']), 'embed')).toBeNull();
    expect(guessIdColumn(previewOf(['id', 'text'], ['1', 'a'], ['', 'b']), 'embed')).toBeNull();
    expect(guessIdColumn(previewOf(['number', 'text'], ['1', 'a']), 'embed')).toBeNull();
  });
});

describe('the form as a job spec', () => {
  it('says what is still needed', () => {
    expect(stillNeeded(EMPTY_FORM)).toBe('Choose a dataset to start.');
    expect(stillNeeded({ ...ready(), modelKind: 'folder' })).toBe('Choose the model’s folder.');
    expect(stillNeeded(ready())).toBeNull();
  });

  it('asks for no text column of pictures, which are known by their paths', () => {
    const preview: InputPreview = {
      ...previewOf(['path', 'bytes', 'format', 'width', 'height'], ['a.jpg', '9', 'jpeg', '4', '3']),
      format: 'images',
    };
    const folder = { ...inputFromFile(new File(['x'], 'a.jpg')), name: 'shots', folder: true };
    const chosen = withPreview({ ...EMPTY_FORM, input: folder, inputFormat: 'images' }, preview);
    expect(stillNeeded(chosen)).toMatch(/The demo model reads text/);
    const model = { ref: { name: 'vit', files: {} }, handle: null };
    const form: SetupForm = { ...chosen, modelKind: 'folder', model };
    expect(stillNeeded(form)).toBeNull();
    expect(specFromForm(form).input).toMatchObject({ path: 'shots', format: 'images', idColumn: 'path' });
    expect(missingColumns(withSpec(form, specFromForm(form)))).toEqual([]);
    const ofTexts = { maxLength: '64', long: 'split', overlap: '8' } as const;
    expect(specFromForm({ ...form, ...ofTexts })).toEqual(specFromForm(form));
  });

  it.each([
    { kind: 'embed', precision: 'int8', dimensions: 64, normalize: true },
    { kind: 'classify', topK: 3, activation: 'sigmoid', maxLength: 32 },
    { kind: 'classify', topK: 1 },
  ])('keeps what is asked of a task: %j', (task) => {
    const spec = parseJobSpec({
      input: { path: 'glosses.jsonl', textColumn: 'word', idColumn: null },
      model: { path: 'demo' },
      task,
      output: { path: `glosses.${task.kind === 'embed' ? 'vectors' : 'labels'}.npy` },
    });
    expect(specFromForm(withSpec(ready(), spec))).toEqual(spec);
  });

  it('answers OpenAI Batch requests in kind, unless another format is chosen or they are read as rows', () => {
    const batch: InputPreview = {
      ...previewOf(['custom_id', 'index', 'text'], ['a', '0', 'x']),
      format: 'openai',
    };
    const form = withPreview({ ...ready(), idColumn: 'id', keep: ['word'] }, batch);
    expect(stillNeeded(form)).toBeNull();
    expect(specFromForm(form)).toMatchObject({
      input: { format: 'openai', idColumn: null, keep: [] },
      output: { path: 'glosses.vectors.jsonl', format: 'openai' },
    });
    const table = { ...form, outputFormat: 'jsonl' as const };
    expect(specFromForm(withPreview(table, batch)).output).toEqual({
      path: 'glosses.vectors.jsonl',
      format: 'jsonl',
    });
    expect(specFromForm(withPreview({ ...form, inputFormat: 'jsonl' }, PREVIEW)).output.path).toBe(
      'glosses.vectors.parquet',
    );
    expect(() => specFromForm({ ...form, ...withTask(form, 'classify') })).toThrow(/ask for embeddings/);
    expect(() => specFromForm({ ...form, precision: 'binary' })).toThrow(/holds floats/);
  });

  it('lets go of columns that another task writes itself', () => {
    const form = { ...ready(), keep: ['label', 'word'], idColumn: 'score' };
    expect(withTask(form, 'classify')).toEqual({ task: 'classify', keep: ['word'], idColumn: null });
    expect(withTask(form, 'embed')).toEqual({ task: 'embed', keep: form.keep, idColumn: 'score' });
  });

  it('comes back the same after a round trip', () => {
    const spec = parseJobSpec({
      input: { path: 'glosses.jsonl', format: 'jsonl', textColumn: 'word', idColumn: null, keep: ['gloss'] },
      model: { path: 'demo', dtype: 'q4' },
      task: { kind: 'embed', maxLength: 64, normalize: false },
      device: 'wasm',
      batchTokens: 2048,
      dedupe: false,
      output: { path: 'glosses.vectors.npy' },
    });
    expect(specFromForm(withSpec(ready(), spec))).toEqual(spec);
    // Loaded before its file is chosen.
    const early = withPreview(
      { ...withSpec(EMPTY_FORM, spec), input: inputFromFile(new File(['{}'], 'glosses.jsonl')) },
      PREVIEW,
    );
    expect(specFromForm(early)).toEqual(spec);
  });

  it('names the columns of a spec that the file does not have', () => {
    const spec = parseJobSpec({
      input: { path: 'x.jsonl', textColumn: 'body', idColumn: 'id', keep: ['word', 'lang'] },
      model: { path: 'demo' },
      task: { kind: 'embed' },
      output: { path: 'x.parquet' },
    });
    const form = withSpec(ready(), spec);
    expect(missingColumns(form)).toEqual(['body', 'lang']);
    expect(form).toMatchObject({ textColumn: 'gloss', idColumn: 'id', keep: ['word'] });
  });

  it('refuses numbers that are out of range, by field', () => {
    expect(() => specFromForm({ ...ready(), batchTokens: '0' })).toThrowError(/batchTokens/);
    expect(() => specFromForm({ ...ready(), maxLength: '1.5' })).toThrowError(/maxLength/);
  });
});

describe('modelFromFiles', () => {
  function fileAt(path: string): File {
    const file = new File(['x'], path.split('/').at(-1) ?? path);
    Object.defineProperty(file, 'webkitRelativePath', { value: path });
    return file;
  }

  it('gives paths below the chosen folder and leaves hidden files out', () => {
    const paths = [
      'mini/config.json',
      'mini/tokenizer.json',
      'mini/onnx/model.onnx',
      'mini/.git/config',
      'mini/1_Pooling/config.json',
    ];
    const { ref } = modelFromFiles(paths.map(fileAt));
    expect(ref.name).toBe('mini');
    expect(Object.keys(ref.files)).toEqual([
      'config.json',
      'tokenizer.json',
      'onnx/model.onnx',
      '1_Pooling/config.json',
    ]);
  });

  it('names the file that is missing', () => {
    const attempt = (): unknown => modelFromFiles(['mini/config.json', 'mini/onnx/model.onnx'].map(fileAt));
    expect(attempt).toThrowError(JobError);
    expect(attempt).toThrowError(/mini.*tokenizer\.json/);
  });
});
