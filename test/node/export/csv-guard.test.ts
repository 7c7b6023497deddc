import { describe, expect, test } from 'vitest';
import { csvFormat } from '../../../src/export/formats/csv.ts';
import { MemoryTarget } from '../../../src/export/targets/memory-target.ts';

const TEXTS = ['plain', '=1+1', '+a', '-a', '@SUM(A1)', '\tx', '\rx', '', "'quoted", '-5'];

async function writeCsv(csvGuard: boolean): Promise<{ text: string; notices: readonly string[] }> {
  const target = new MemoryTarget();
  const rows = Uint32Array.from(TEXTS.keys());
  const output = { kind: 'labels', labels: ['=cmd()', 'safe'], count: 1 } as const;
  const columns = [
    { name: '=name', type: 'utf8' },
    { name: 'number', type: 'int64' },
  ] as const;
  const sink = await csvFormat.open({ columns, output, rowCount: rows.length }, target, { csvGuard });
  const values = new Uint8Array(8 * rows.length);
  const kept = { '=name': TEXTS.map((text) => JSON.stringify(text)), number: TEXTS.map(() => '-5') };
  await sink.write({ rows, kept, values });
  await sink.finish();
  return { text: new TextDecoder().decode(target.files.get('.csv')), notices: sink.notices ?? [] };
}

describe('CSV', () => {
  test('leaves text that looks like a formula as it is, and says so', async () => {
    const { text, notices } = await writeCsv(false);
    expect(text).toBe(
      [
        'row,=name,number,label,score',
        '0,plain,-5,=cmd(),0',
        '1,=1+1,-5,=cmd(),0',
        '2,+a,-5,=cmd(),0',
        '3,-a,-5,=cmd(),0',
        '4,@SUM(A1),-5,=cmd(),0',
        '5,"\tx",-5,=cmd(),0',
        '6,"\rx",-5,=cmd(),0',
        '7,"",-5,=cmd(),0',
        "8,'quoted,-5,=cmd(),0",
        '9,-5,-5,=cmd(),0',
        '',
      ].join('\r\n'),
    );
    expect(notices).toEqual([expect.stringContaining('--csv-guard')]);
  });

  test('with the guard, puts an apostrophe before such text, never before a number', async () => {
    const { text, notices } = await writeCsv(true);
    expect(text).toBe(
      [
        "row,'=name,number,label,score",
        "0,plain,-5,'=cmd(),0",
        "1,'=1+1,-5,'=cmd(),0",
        "2,'+a,-5,'=cmd(),0",
        "3,'-a,-5,'=cmd(),0",
        "4,'@SUM(A1),-5,'=cmd(),0",
        "5,'\tx,-5,'=cmd(),0",
        '6,"\'\rx",-5,\'=cmd(),0',
        '7,"",-5,\'=cmd(),0',
        "8,'quoted,-5,'=cmd(),0",
        "9,'-5,-5,'=cmd(),0",
        '',
      ].join('\r\n'),
    );
    expect(notices).toEqual([expect.stringContaining('apostrophe')]);
  });
});
