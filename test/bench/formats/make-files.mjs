// @ts-check
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { Int32, RecordBatchFileWriter, Table, Utf8, vectorFromArray } from 'apache-arrow';

const ROW_BYTES = 420;
const ARROW_BATCH_ROWS = 20_000;
const TEXT = `md5(i::VARCHAR) || ' some words, a "quote" and more of them ' || repeat('the quick brown fox ', (i % 28)::INT)`;

/** How DuckDB writes each file. */
const COPIES = {
  'rows.jsonl': 'FORMAT json',
  'rows.csv': 'FORMAT csv, HEADER',
  'rows.tsv': "FORMAT csv, HEADER, DELIMITER '\t'",
  'rows.jsonl.gz': 'FORMAT json, COMPRESSION gzip',
  'rows.jsonl.zst': 'FORMAT json, COMPRESSION zstd',
  'snappy.parquet': 'FORMAT parquet, COMPRESSION snappy',
  'zstd.parquet': 'FORMAT parquet, COMPRESSION zstd',
};

/**
 * The same rows (`id`, `n`, `text`) in every format, about `mb` megabytes of JSON Lines; made once. Text files have the texts
 * alone. All but Arrow are written by DuckDB.
 *
 * @param {string} folder
 * @param {number} mb
 * @returns {Promise<string>} the folder of this size
 */
export async function makeFiles(folder, mb) {
  const files = `${folder}/${mb}`;
  if (existsSync(files)) return files;
  const making = `${files}.part`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  const rows = Math.round((mb * 1e6) / ROW_BYTES);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `CREATE TABLE t AS SELECT 'id ' || i AS id, (i % 97)::INT AS n, ${TEXT} AS text FROM range(${rows}) r(i)`,
  );
  for (const [name, options] of Object.entries(COPIES))
    await connection.run(`COPY t TO '${making}/${name}' (${options})`);
  // A text without the delimiter needs no quotes.
  await connection.run(
    `COPY (SELECT text FROM t) TO '${making}/rows.txt' (FORMAT csv, HEADER false, DELIMITER '\t', QUOTE '')`,
  );
  const out = await open(`${making}/rows.arrow`, 'w');
  const writer = new RecordBatchFileWriter();
  const written = (async () => {
    for await (const bytes of writer) await out.write(bytes);
  })();
  for (let first = 0; first < rows; first += ARROW_BATCH_ROWS) {
    const read = await connection.runAndReadAll(
      `SELECT id, n, text FROM t LIMIT ${ARROW_BATCH_ROWS} OFFSET ${first}`,
    );
    const { id = [], n = [], text = [] } = read.getColumnsObjectJS();
    // With types: a writer takes no second table whose schema is another, as that of each one's own dictionary would be.
    const columns = {
      id: vectorFromArray(id, new Utf8()),
      n: vectorFromArray(n, new Int32()),
      text: vectorFromArray(text, new Utf8()),
    };
    // A table would also end the file.
    for (const batch of new Table(columns).batches) writer.write(batch);
  }
  writer.finish();
  await written;
  await out.close();
  connection.closeSync();
  instance.closeSync();
  renameSync(making, files);
  return files;
}
