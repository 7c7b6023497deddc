/** What follows the last dot of a path's last part, in lower case; empty where there is none. */
export function fileExtension(path: string): string {
  return /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
}
