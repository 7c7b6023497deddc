import { describe, expect, test } from 'vitest';
import { checkExportChoices } from '../../../../src/core/export-choices.ts';
import { exportChoices } from '../../../../src/runner/args/export-choices.ts';

describe('exportChoices', () => {
  test('takes how Parquet is compressed', () => {
    expect(exportChoices({ compression: 'none' })).toMatchObject({ compression: 'none' });
    expect(() => exportChoices({ compression: 'gzip' })).toThrow('it must be auto or zstd or none');
  });
});

describe('checkExportChoices', () => {
  test('refuses a compression for what is not Parquet', () => {
    checkExportChoices('parquet', { compression: 'zstd' });
    checkExportChoices('csv', {});
    expect(() => checkExportChoices('arrow', { compression: 'zstd' })).toThrow('the output is arrow');
  });
});
