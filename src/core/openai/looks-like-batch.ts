/** Lines of the start that are looked at: the first may be broken. */
const LINES = 5;
/** In the start of a line that is not there to its end. */
const MEMBERS = [/"custom_id"\s*:/, /"(?:method|url)"\s*:/, /"body"\s*:\s*\{/];

/**
 * Whether JSON Lines look like OpenAI Batch requests: an object with `custom_id`, `body`, and `method` or `url`.
 * @param start of the file; ends anywhere
 */
export function looksLikeBatch(start: string): boolean {
  const lines = start.replace(/^\uFEFF/, '').split('\n');
  const cut = lines.pop() ?? '';
  const whole = lines.filter((line) => line.trim() !== '');
  return whole.length === 0 ? isRequest(cut) || isStartOfRequest(cut) : whole.slice(0, LINES).some(isRequest);
}

function isRequest(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const has = (name: string) => Object.hasOwn(value, name);
    return has('custom_id') && has('body') && (has('url') || has('method'));
  } catch {
    return false;
  }
}

function isStartOfRequest(line: string): boolean {
  return line.trimStart().startsWith('{') && MEMBERS.every((member) => member.test(line));
}
