import { DuckDBInstance } from '@duckdb/node-api';

/** Runs statements in a database of their own. */
export async function runDuckDb(...statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    for (const statement of statements) await connection.run(statement);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
