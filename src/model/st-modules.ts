import { z } from '../core/zod.ts';
import { JobError } from '../core/job-error.ts';

/** `modules.json` of Sentence Transformers: the layers of the model, in order. */
export const stModulesSchema = z.array(z.looseObject({ path: z.string().default(''), type: z.string() }));

export type StModules = {
  /** Folder of the transformer's own files, `''` for the model's directory. */
  readonly transformerPath: string;
  /** Folder of the pooling module; null when there is none. */
  readonly poolingPath: string | null;
  readonly normalize: boolean;
};

/**
 * What the modules of a Sentence Transformers model mean here. Modules are known by the last part of their type, since
 * their package has moved between releases; `Dropout` does nothing at inference.
 * @throws JobError `MODEL_UNSUPPORTED`, naming the module.
 */
export function readStModules(name: string, modules: z.infer<typeof stModulesSchema>): StModules {
  let transformerPath = '';
  let poolingPath: string | null = null;
  let normalize = false;
  for (const { path, type } of modules) {
    const kind = type.slice(type.lastIndexOf('.') + 1);
    if (kind === 'Transformer') transformerPath = path;
    else if (kind === 'Pooling') poolingPath = path;
    else if (kind === 'Normalize') normalize = true;
    else if (kind !== 'Dropout') throw unsupported(name, kind, path);
  }
  return { transformerPath, poolingPath, normalize };
}

function unsupported(name: string, kind: string, path: string): JobError {
  const details = { model: name, module: kind };
  if (kind === 'Dense') {
    return new JobError(
      'MODEL_UNSUPPORTED',
      `${name} has a Dense layer after its pooling (${path}); the weights of that layer are a safetensors or PyTorch file, and only ONNX is read.`,
      { hint: 'Choose a model without a Dense module; its vectors would be wrong without it.', details },
    );
  }
  return new JobError(
    'MODEL_UNSUPPORTED',
    `${name} has a module that is not supported: ${kind} (${path || 'modules.json'}).`,
    {
      hint: 'Models made of Transformer, Pooling and Normalize can be run.',
      details,
    },
  );
}
