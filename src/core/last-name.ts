/** The last part of a path of any system: `a/b.jsonl` -> `b.jsonl`. */
export function lastName(path: string): string {
  return path.split(/[/\\]/).findLast((part) => part !== '') ?? path;
}
