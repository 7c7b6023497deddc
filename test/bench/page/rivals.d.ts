// As much of the rivals as the bench calls. They are installed on demand; `vite.config.ts` says where `rival:` leads.
declare module 'rival:papaparse' {
  const papaparse: { parse(text: string, options: object): { readonly data: readonly unknown[] } };
  export default papaparse;
}
declare module 'rival:udsv' {
  export function inferSchema(text: string): object;
  export function initParser(schema: object): { stringArrs(text: string): readonly unknown[] };
}
declare module 'rival:hyparquet-writer' {
  export function parquetWriteBuffer(options: object): ArrayBuffer;
}
