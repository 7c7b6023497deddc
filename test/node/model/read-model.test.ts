import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readModel } from '../../../src/model/read-model.ts';
import { bertFiles, type Files, modelRef, modulesOf, poolingFlags, rejection, without } from './model-ref.ts';

const read = (files: Files, overrides = {}) => readModel(modelRef(files), overrides);

describe('a sentence-transformers directory', () => {
  test('is read as it is', async () => {
    const ref = modelRef(bertFiles);
    const info = await readModel(ref, {});
    const small = without(bertFiles, 'onnx/model.onnx');
    expect(info).toEqual({
      name: 'tiny-model',
      modelType: 'bert',
      widths: { heads: 0, hidden: 64, intermediate: 0 },
      weights: {
        name: 'tiny-model',
        onnx: ref.files['onnx/model.onnx'],
        onnxPath: 'onnx/model.onnx',
        dtype: 'fp32',
        externalData: {},
      },
      weightsReason: 'the CPU computes in 32-bit floats',
      tokenizer: {
        tokenizerJson: JSON.stringify(bertFiles['tokenizer.json']),
        tokenizerConfig: bertFiles['tokenizer_config.json'],
      },
      maxLength: 256,
      padTokenId: 3,
      pooling: 'mean',
      normalize: true,
      classes: null,
      fileSha256: Object.fromEntries(
        Object.entries(small).map(([path, content]) => {
          const text = typeof content === 'string' ? content : JSON.stringify(content);
          return [path, createHash('sha256').update(text).digest('hex')];
        }),
      ),
      notes: [],
    });
  });

  test('is the same one level down and with names in another case', async () => {
    const info = await read(bertFiles);
    const down = await read(
      Object.fromEntries(Object.entries(bertFiles).map(([path, content]) => [`all-tiny/${path}`, content])),
    );
    expect({ ...down, weights: null }).toEqual({ ...info, weights: null });
    expect(down.weights.onnxPath).toBe('onnx/model.onnx');
    const shouted = await read(
      Object.fromEntries(Object.entries(bertFiles).map(([path, content]) => [path.toUpperCase(), content])),
    );
    expect({ ...shouted, weights: null }).toEqual({ ...info, weights: null });
    expect(shouted.weights.onnxPath).toBe('ONNX/MODEL.ONNX');
  });

  test('may keep the transformer in a folder of its own', async () => {
    const { 'config.json': config, 'tokenizer.json': tokenizer, ...rest } = bertFiles;
    const info = await read({
      ...rest,
      'modules.json': modulesOf(['Transformer', '0_Transformer'], ['Pooling', '1_Pooling']),
      '0_Transformer/config.json': config,
      '0_Transformer/tokenizer.json': tokenizer,
    });
    expect(info.modelType).toBe('bert');
    expect(info.normalize).toBe(false);
    expect(Object.keys(info.fileSha256)).toContain('0_Transformer/config.json');
  });

  test.each([
    ['cls_token', 'cls', 'cls'],
    ['mean_tokens', 'mean', 'mean'],
    ['max_tokens', 'max', 'max'],
    ['lasttoken', 'lasttoken', 'last_token'],
  ] as const)('pools by %s, written either way', async (flag, mode, pooling) => {
    expect((await read({ ...bertFiles, '1_Pooling/config.json': poolingFlags(flag) })).pooling).toBe(pooling);
    const newer = { embedding_dimension: 64, include_prompt: true };
    expect(
      (await read({ ...bertFiles, '1_Pooling/config.json': { ...newer, pooling_mode: mode } })).pooling,
    ).toBe(pooling);
    expect(
      (await read({ ...bertFiles, '1_Pooling/config.json': { ...newer, pooling_mode: [mode] } })).pooling,
    ).toBe(pooling);
  });

  test.each([
    [poolingFlags('weightedmean_tokens'), 'weightedmean'],
    [poolingFlags('mean_sqrt_len_tokens'), 'mean_sqrt_len_tokens'],
    [{ ...poolingFlags('mean_tokens'), pooling_mode_cls_token: true }, 'cls+mean'],
    // sentence-transformers takes the mean as chosen when its flag is left out.
    [{ pooling_mode_cls_token: true }, 'cls+mean'],
    [{ pooling_mode: 'weightedmean' }, 'weightedmean'],
    [{ pooling_mode: ['mean', 'max'] }, 'mean+max'],
    [{ pooling_mode: [] }, 'none'],
  ])('refuses the pooling %j', async (config, mode) => {
    const error = await rejection(read({ ...bertFiles, '1_Pooling/config.json': config }));
    expect(error.code).toBe('MODEL_UNSUPPORTED');
    expect(error.message).toBe(
      `tiny-model/1_Pooling/config.json asks for the pooling "${mode}", which is not supported.`,
    );
    expect(error.hint).toContain('mean, cls, max and lasttoken');
  });

  test('without a pooling module is mean-pooled, and says so', async () => {
    const info = await read({
      ...bertFiles,
      'modules.json': modulesOf(['Transformer', ''], ['Dropout', '1_Dropout']),
    });
    expect([info.pooling, info.normalize]).toEqual(['mean', false]);
    expect(info.notes).toEqual(['modules.json has no pooling module: vectors are mean-pooled.']);
  });

  test('with a Dense layer is refused', async () => {
    const modules = modulesOf(['Transformer', ''], ['Pooling', '1_Pooling'], ['Dense', '2_Dense']);
    const error = await rejection(read({ ...bertFiles, 'modules.json': modules }));
    expect(error.code).toBe('MODEL_UNSUPPORTED');
    expect(error.message).toBe(
      'tiny-model has a Dense layer after its pooling (2_Dense); the weights of that layer are a safetensors or PyTorch file, and only ONNX is read.',
    );
  });

  test('with an unknown module is refused by its name', async () => {
    const error = await rejection(read({ ...bertFiles, 'modules.json': modulesOf(['StaticEmbedding', '']) }));
    expect(error.code).toBe('MODEL_UNSUPPORTED');
    expect(error.message).toBe(
      'tiny-model has a module that is not supported: StaticEmbedding (modules.json).',
    );
  });

  test('tells of a default prompt that has no effect', async () => {
    const prompts = {
      prompts: { query: 'query: ', document: '' },
      default_prompt_name: 'query',
      similarity_fn_name: 'cosine',
    };
    const info = await read({ ...bertFiles, 'config_sentence_transformers.json': prompts });
    expect(info.notes).toEqual([
      `The model's default prompt "query" ("query: ") is not put before the texts.`,
    ]);
    expect(Object.keys(info.fileSha256)).not.toContain('config_sentence_transformers.json');
    for (const silent of [
      { ...prompts, default_prompt_name: null },
      { ...prompts, default_prompt_name: 'document' },
      {},
    ]) {
      expect((await read({ ...bertFiles, 'config_sentence_transformers.json': silent })).notes).toEqual([]);
    }
  });

  test('lower-cases first where it says do_lower_case', async () => {
    const info = await read({
      ...bertFiles,
      'sentence_bert_config.json': { max_seq_length: 128, do_lower_case: true },
    });
    const { normalizer } = JSON.parse(info.tokenizer.tokenizerJson) as { normalizer: unknown };
    expect(normalizer).toEqual({
      type: 'Sequence',
      normalizers: [{ type: 'Lowercase' }, bertFiles['tokenizer.json'].normalizer],
    });
  });

  test('normalises as the job says', async () => {
    expect((await read(bertFiles, { normalize: false })).normalize).toBe(false);
    const plain = { ...bertFiles, 'modules.json': modulesOf(['Transformer', ''], ['Pooling', '1_Pooling']) };
    expect((await read(plain)).normalize).toBe(false);
    expect((await read(plain, { normalize: true })).normalize).toBe(true);
  });
});

describe('a directory without modules.json', () => {
  const files = without(bertFiles, 'modules.json', '1_Pooling/config.json', 'sentence_bert_config.json');

  test('is mean-pooled and normalised, and says so', async () => {
    const info = await read(files);
    expect([info.pooling, info.normalize, info.maxLength]).toEqual(['mean', true, 512]);
    expect(info.notes).toEqual([
      'There is no modules.json: vectors are mean-pooled and, unless set otherwise, normalised.',
    ]);
  });

  test('needs no more than a config, a tokenizer and weights', async () => {
    const info = await read({
      'config.json': {},
      'tokenizer.json': { model: { vocab: {} } },
      'model.onnx': 'x',
    });
    expect(info).toMatchObject({
      modelType: 'unknown',
      maxLength: 512,
      padTokenId: 0,
      tokenizer: { tokenizerConfig: '{}' },
    });
    expect(info.notes).toContain('The model does not say how long a row may be: rows are cut at 512 tokens.');
  });
});

describe('the padding token', () => {
  const config = bertFiles['config.json'];
  test.each<[string, Files, number]>([
    ['from tokenizer_config.json, among the added tokens', bertFiles, 3],
    [
      'as an object',
      { ...bertFiles, 'tokenizer_config.json': { pad_token: { content: '[PAD]', lstrip: false } } },
      3,
    ],
    ['from special_tokens_map.json, in the vocabulary', without(bertFiles, 'tokenizer_config.json'), 4],
    [
      'in the vocabulary of a Unigram model',
      {
        ...bertFiles,
        'tokenizer_config.json': { pad_token: '<pad>' },
        'tokenizer.json': {
          model: {
            vocab: [
              ['<unk>', 0],
              ['<pad>', -1.5],
            ],
          },
        },
      },
      1,
    ],
    [
      'from config.json when the tokenizer does not know it',
      { ...bertFiles, 'tokenizer_config.json': { pad_token: '<nowhere>' } },
      7,
    ],
    [
      'from config.json when there is no name for it',
      without(bertFiles, 'tokenizer_config.json', 'special_tokens_map.json'),
      7,
    ],
    [
      '0 when nothing says',
      {
        ...without(bertFiles, 'tokenizer_config.json', 'special_tokens_map.json'),
        'config.json': { ...config, pad_token_id: null },
      },
      0,
    ],
  ])('comes %s', async (_name, files, id) => {
    expect((await read(files)).padTokenId).toBe(id);
  });

  test('is not taken from the properties that every object has', async () => {
    expect(
      (await read({ ...bertFiles, 'tokenizer_config.json': { pad_token: 'constructor' } })).padTokenId,
    ).toBe(7);
  });
});

describe('a directory that cannot be used', () => {
  test.each([
    ['config.json', 'MODEL_FILE_MISSING', 'tiny-model has no config.json.', 'from Hugging Face'],
    ['tokenizer.json', 'MODEL_FILE_MISSING', 'tiny-model has no tokenizer.json.', 'optimum-cli export onnx'],
    [
      '1_Pooling/config.json',
      'MODEL_FILE_MISSING',
      'tiny-model has no 1_Pooling/config.json.',
      'modules.json names it',
    ],
    [
      'onnx/model.onnx',
      'MODEL_FILE_MISSING',
      'tiny-model has no ONNX file: looked for onnx/model.onnx and model.onnx.',
      'optimum-cli export onnx',
    ],
  ])('lacks %s', async (path, code, message, hint) => {
    const error = await rejection(read(without(bertFiles, path)));
    expect([error.code, error.message]).toEqual([code, message]);
    expect(error.hint).toContain(hint);
  });

  test('is empty', async () => {
    expect((await rejection(read({}))).message).toBe('tiny-model has no config.json.');
  });

  test('has a file that is not JSON', async () => {
    const error = await rejection(read({ ...bertFiles, 'config.json': '{"model_type": "bert"' }));
    expect(error.code).toBe('MODEL_INVALID');
    expect(error.message).toMatch(/^tiny-model\/config\.json is not valid: .+\.$/);
  });

  test('has a file that is not text', async () => {
    const error = await rejection(read({ ...bertFiles, 'tokenizer.json': Uint8Array.of(0x7b, 0xff, 0xfe) }));
    expect(error.message).toBe('tiny-model/tokenizer.json is not valid: it is not UTF-8 text.');
  });

  test.each<[string, unknown, RegExp]>([
    [
      'config.json',
      { max_position_embeddings: 'many' },
      /^tiny-model\/config\.json is not valid: max_position_embeddings: .*expected number/,
    ],
    [
      'tokenizer.json',
      { model: {} },
      /^tiny-model\/tokenizer\.json is not valid: model\.vocab: no vocabulary/,
    ],
    ['modules.json', { idx: 0 }, /^tiny-model\/modules\.json is not valid: .*expected array/],
    [
      '1_Pooling/config.json',
      { pooling_mode_cls_token: 'yes' },
      /^tiny-model\/1_Pooling\/config\.json is not valid: pooling_mode_cls_token: .*expected boolean/,
    ],
  ])('has a %s with the wrong content', async (path, content, message) => {
    const error = await rejection(read({ ...bertFiles, [path]: content }));
    expect(error.code).toBe('MODEL_INVALID');
    expect(error.message).toMatch(message);
  });

  test.each(['onnx/model.onnx', 'tokenizer.json'])('has a Git LFS pointer for %s', async (path) => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 90868375\n`;
    const error = await rejection(read({ ...bertFiles, [path]: pointer }));
    expect(error.code).toBe('MODEL_INVALID');
    expect(error.message).toBe(`tiny-model/${path} is a Git LFS pointer, not the file itself.`);
    expect(error.hint).toContain('git lfs pull');
  });

  test('holds more than one model', async () => {
    const files = Object.fromEntries(
      ['a', 'b'].flatMap((folder) =>
        Object.entries(bertFiles).map(([path, content]) => [`${folder}/${path}`, content]),
      ),
    );
    const error = await rejection(read(files));
    expect([error.code, error.message]).toEqual([
      'MODEL_FILE_MISSING',
      'tiny-model holds more than one model: a, b.',
    ]);
  });

  test('names a file outside itself', async () => {
    const files = { ...without(bertFiles, 'config.json'), '../config.json': bertFiles['config.json'] };
    expect((await rejection(read(files))).message).toBe('tiny-model has no config.json.');
  });
});

test('a row that is longer than the model can take is refused', async () => {
  const error = await rejection(read(bertFiles, { maxLength: 513 }));
  expect([error.code, error.message]).toEqual([
    'SPEC_INVALID',
    'The longest row was set to 513 tokens, but tiny-model has positions for 512.',
  ]);
  expect((await read(bertFiles, { maxLength: 512 })).maxLength).toBe(512);
});
