/** True when a path has characters that only a glob has a use for. */
export function isGlob(path: string): boolean {
  return /[*?[\]{}]/.test(path);
}

/**
 * A glob over absolute paths with `/` between segments: `*` and `?` within a segment, `**` for any number of them,
 * `[abc]`, `[!abc]`, and `{one,other}`. Names that begin with a dot are matched only by a segment that does, too.
 */
export function globPattern(glob: string): RegExp {
  const segments = glob.split('/').map((segment) => {
    if (segment === '**') return '(?:(?!\\.)[^/]+/)*';
    const hidden = segment.startsWith('.') || segment === '' ? '' : '(?!\\.)';
    return `${hidden}${segmentPattern(segment)}/`;
  });
  return new RegExp(`^${segments.join('').replace(/\/$/, '')}$`);
}

/** The folder above the first segment with a pattern in it. */
export function globBase(glob: string): string {
  const segments = glob.split('/');
  const first = segments.findIndex(isGlob);
  return segments.slice(0, first === -1 ? segments.length - 1 : first).join('/') || '/';
}

function segmentPattern(segment: string): string {
  let pattern = '';
  let depth = 0;
  for (let i = 0; i < segment.length; i++) {
    const character = segment[i]!;
    const closing = character === '[' ? segment.indexOf(']', i + 2) : -1;
    if (character === '*') pattern += '[^/]*';
    else if (character === '?') pattern += '[^/]';
    else if (closing !== -1) {
      const set = segment.slice(i + 1, closing).replaceAll('\\', '\\\\');
      pattern += `[${set.startsWith('!') ? `^${set.slice(1)}` : set}]`;
      i = closing;
    } else if (character === '{' && segment.includes('}', i)) {
      depth++;
      pattern += '(?:';
    } else if (character === '}' && depth > 0) {
      depth--;
      pattern += ')';
    } else if (character === ',' && depth > 0) pattern += '|';
    else pattern += character.replace(/[\\^$.|+()[\]{}]/, '\\$&');
  }
  return pattern;
}
