/**
 * Statements that the endpoint refuses, and statements that it answers.
 *
 * One file: the lists of refused and of answered statements stand side by side.
 */
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeFolder } from '../../../test/folder.ts'
import { type Collector, start } from '../../main.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'otrace-statement-'))
const secret = join(dataDir, 'secret.txt')
const SECRET = 'do not tell'
const outfile = join(dataDir, 'written.txt')
let collector: Collector

beforeAll(async () => {
  collector = await start({ dataDir: join(dataDir, 'data'), receive: false })
  writeFileSync(secret, `${SECRET}\n`)
})
afterAll(async () => {
  await collector.stop()
  removeFolder(dataDir)
})

describe('statements beyond read-only are refused', () => {
  const file = JSON.stringify(secret).replaceAll('"', "'")
  const table = `\`${secret}\``
  test.each([
    [`SELECT file(${file})`],
    [`SELECT FILE(${file})`],
    [`SELECT \`file\`(${file})`],
    [`SELECT arrayMap(x -> file(x), [${file}])`],
    [`SELECT * APPLY file FROM (SELECT ${file})`],
    [`SELECT COLUMNS('.*') APPLY(x -> file(x)) FROM (SELECT ${file} AS a)`],
    [`WITH x AS (SELECT file(${file})) SELECT * FROM x`],
    [`SELECT 1 WHERE file(${file}) != ''`],
    [`SELECT 1 AS \`a\n Set\`, file(${file})`],
    [`SELECT * FROM file(${file}, 'LineAsString')`],
    [`SELECT * FROM (SELECT * FROM file(${file}, 'LineAsString'))`],
    [`SELECT * FROM view(SELECT * FROM file(${file}, 'LineAsString'))`],
    [`SELECT * FROM viewExplain('', '', (SELECT file(${file})))`],
    [`SELECT 1 IN file(${file}, 'LineAsString')`],
    [`SELECT * FROM default.${table}`],
    [`SELECT * FROM \`default\`.${table}`],
    [`SELECT '${SECRET}' IN default.${table}`],
    [`SELECT * FROM otel_traces JOIN default.${table} USING x`],
    [`DESCRIBE default.${table}`],
    [`DESCRIBE file(${file})`],
    [`EXISTS default.${table}`],
    [`SHOW CREATE TABLE default.${table}`],
    [`SHOW TABLES FROM default`],
    [`EXPLAIN SELECT file(${file})`],
    [`EXPLAIN AST SELECT 1; SELECT file(${file})`],
    ['EXPLAIN AST graph = 1 SELECT 1'],
    ['EXPLAIN AST optimize = 1, graph = 1 SELECT 1'],
    [`SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')`],
    [`SELECT * FROM remote('127.0.0.1', 'system.one')`],
    [`SELECT * FROM s3('http://127.0.0.1:1/b/k', 'LineAsString')`],
    [`SELECT * FROM executable('id', 'TSV', 'a String')`],
    [`SELECT * FROM sqlite('${secret}', 't')`],
    [`SELECT * FROM merge('default', '.*')`],
    [`SELECT * FROM cluster('default', 'system.one')`],
    [`SELECT * FROM fuzzQuery('SELECT 1')`],
    [`SELECT * FROM loop(default.${table})`],
    [`SELECT dictGet('d', 'a', 1)`],
    [`SELECT sleep(3)`],
    [`SELECT catboostEvaluate('${secret}', 1)`],
    [`SELECT * FROM (SELECT 1 SETTINGS readonly = 0)`],
    [`WITH x AS (SELECT 1 SETTINGS max_execution_time = 0) SELECT * FROM x`],
    [`SELECT 1 UNION ALL (SELECT 2 SETTINGS readonly = 0)`],
    [`SELECT 1 SETTINGS readonly = 0`.replace('readonly', 'allow_ddl')],
    [`SELECT 1 SETTINGS max_threads = 1, allow_introspection_functions = 1`],
    [`SELECT 1 INTO OUTFILE '${outfile}'`],
    [`SELECT 1 INTO OUTFILE '${outfile}' TRUNCATE FORMAT TSV`],
    [`SELECT 1 INTO OUTFILE '${outfile}' APPEND SETTINGS max_threads = 1`],
    [`INSERT INTO otel_traces (SpanName) SELECT 'x'`],
    [`INSERT INTO FUNCTION file('${outfile}', 'TSV', 'a String') SELECT 'x'`],
    [`CREATE TABLE otel.t (a Int8) ENGINE = Memory`],
    [`CREATE TEMPORARY TABLE t (a Int8)`],
    [`DROP TABLE otel.otel_traces`],
    [`TRUNCATE TABLE otel.otel_traces`],
    [`ALTER TABLE otel.otel_traces DELETE WHERE 1`],
    [`OPTIMIZE TABLE otel.otel_traces`],
    [`ATTACH TABLE otel.x`],
    [`DETACH TABLE otel.otel_traces`],
    [`RENAME TABLE otel.otel_traces TO otel.x`],
    [`SYSTEM SHUTDOWN`],
    [`SYSTEM STOP MERGES`],
    [`SET readonly = 0`],
    [`KILL QUERY WHERE 1`],
    [`BACKUP TABLE otel.otel_traces TO File('${outfile}')`],
    [`CREATE FUNCTION f AS (x) -> x`],
    [`GRANT ALL ON *.* TO default`],
    [`SELECT 1; SELECT 2`],
    [`SELECT 1); DROP TABLE otel.otel_traces; SELECT (1`],
    [`SELECT * FROM system.stack_trace`],
    [`SELECT * FROM \`system\`.\`symbols\``],
    [`SELECT 1 PARALLEL WITH SELECT 2`],
    [`SELECT arrayMap(file, [${file}])`],
    [`SELECT arrayMap(\`file\`, [${file}])`],
    [`SELECT arrayMap(file AS q, [${file}])`],
    [`SELECT arrayMap(1 AS \`x\\n     Literal\`, file, [${file}])`],
    [`SELECT b FROM values('a UInt8, b String ALIAS file(''${secret}'')', 1)`],
    [`WITH 'a UInt8, b String ALIAS file(''${secret}'')' AS s SELECT b FROM values(s, 1)`],
    [`SELECT b FROM values('a UInt8,\nb String\nALIAS file(''${secret}'')', 1)`],
    [`SHOW TABLES WHERE throwIf(1, file(${file}))`],
    [`SHOW TABLES FROM otel LIMIT length(file(${file}))`],
    [`SHOW COLUMNS FROM otel_traces WHERE throwIf(1, file(${file}))`],
    [`SHOW INDEXES FROM otel_traces WHERE throwIf(1, file(${file}))`],
    [`SHOW DATABASES WHERE throwIf(1, file(${file}))`],
    [`SHOW CLUSTERS`],
    [`SHOW DICTIONARIES WHERE throwIf(1, file(${file}))`],
    [`SHOW SETTINGS LIKE '%'`],
    [`SELECT 1 FORMAT Template SETTINGS format_template_row = ${file}`],
    [`SELECT formatRow('Template', 1) SETTINGS format_template_row = ${file}`],
    [`SELECT formatRowNoNewline('CSV', 1)`],
    [
      `SELECT 1 FORMAT Protobuf SETTINGS format_schema_source = 'query', format_schema = 'SELECT 1'`,
    ],
    [`SELECT 1 FORMAT TSV SETTINGS output_format_schema = '${outfile}'`],
    [`SELECT 1 FORMAT MySQLWire`],
    [`SELECT 1 FORMAT CustomSeparated`],
    [`SELECT * FROM system.models`],
    [`SELECT 1 IN system.models`],
    [`SELECT 1 IN (SELECT name FROM system.models)`],
    [`DESCRIBE system.models`],
    [`EXISTS system.models`],
    [`SHOW CREATE TABLE system.models`],
    [`SELECT * FROM system.dns_cache`],
    [`SELECT hasColumnInTable('127.0.0.1:1', 'u', 'p', 'system', 'one', 'dummy')`],
    [`SELECT hasColumnInTable('default', '${secret}', 'a')`],
    [`SELECT editDistance('a', 'b')`],
    [`SELECT jaroWinklerSimilarity('a', 'b')`],
    [`SELECT arrayLevenshteinDistance([1], [2])`],
    [`SELECT extractTextFromHTML('<b>a</b>')`],
    [`SELECT kolmogorovSmirnovTest('two-sided', 'exact')(number, number % 2) FROM numbers(9)`],
    [`SELECT __getScalar('a')`],
    [`SELECT '${'x'.repeat(262_144)}'`],
  ])('%s', async (statement) => {
    const { status, text } = await ask(statement)
    expect([status, text]).toEqual([
      expect.any(Number),
      expect.stringMatching(/^Code: \d+\. DB::Exception: /),
    ])
    expect(status).toBeGreaterThanOrEqual(400)
    expect(text.replaceAll(statement, '')).not.toContain(SECRET)
    expect(existsSync(outfile)).toBe(false)
    expect((await ask('SELECT count() FROM otel_traces')).text).toBe('0\n')
  })

  test('a table in an identifier parameter is refused', async () => {
    const { status, text } = await ask('SELECT * FROM {d:Identifier}.{t:Identifier}', {
      param_d: 'default',
      param_t: secret,
    })
    expect([status, text]).toEqual([
      403,
      expect.stringContaining('database default is not allowed'),
    ])
  })

  test('a function in an identifier parameter is refused', async () => {
    const { text } = await ask(`SELECT arrayMap({f:Identifier}, [${file}])`, { param_f: 'file' })
    expect(text).toContain('the name file is not allowed here')
    const { text: hidden } = await ask('SELECT {a:Identifier}', { param_a: 'x\\ny' })
    expect(hidden).toContain('newline')
  })

  test('a statement in the name of a parameter is refused', async () => {
    const name = 'x = 1; CREATE TABLE otel.t (a Int8) ENGINE = Memory; SET param_y'
    for (const each of [name, 'x = 1, max_execution_time = 0, param_y', '', 'ä'])
      expect((await ask('SELECT 1', { [`param_${each}`]: '1' })).text).toContain('BAD_ARGUMENTS')
    const form = new FormData()
    form.append('query', 'SELECT 1')
    form.append(`param_${name}`, '1')
    const answer = await fetch(collector.addresses.clickhouse, { method: 'POST', body: form })
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('BAD_ARGUMENTS'),
    ])
    expect((await ask('EXISTS TABLE otel.t')).text).toBe('0\n')
  })

  test.each(['models', 'dns_cache', 'stack_trace'])(
    'nor system.%s by its bare name',
    async (name) => {
      for (const statement of [`SELECT * FROM ${name}`, `SELECT 1 IN ${name}`, `DESCRIBE ${name}`])
        expect((await ask(statement, { database: 'system' })).text).toMatch(/^Code: 497\./)
      expect((await ask('SELECT * FROM one', { database: 'system' })).text).toBe('0\n')
    },
  )

  test('tables of another default database are refused', async () => {
    const { text } = await ask(`SELECT * FROM ${table}`, { database: 'default' })
    expect(text).toMatch(/^Code: (497|60|81)\./)
    expect((await ask('SELECT 1', { database: 'nope' })).text).toContain('UNKNOWN_DATABASE')
  })

  test.each([
    'readonly=0',
    'allow_ddl=1',
    'allow_introspection_functions=1',
    'max_execution_time=0x',
    'constructor=1',
  ])('nor does a setting in the URL help: %s', async (setting) => {
    const [name, value] = setting.split('=')
    const { text } = await ask(`INSERT INTO otel_traces (SpanName) SELECT 'x'`, { [name!]: value! })
    expect(text).toMatch(/^Code: \d+/)
  })
})

test.each([
  ['format_template_row', '/etc/hostname'],
  ['format_template_resultset', '/etc/hostname'],
  ['format_schema', 'SELECT 1'],
  ['format_schema_source', 'query'],
  ['output_format_schema', '/tmp/otrace-schema'],
  ['format_avro_schema_registry_url', 'http://127.0.0.1:1'],
  ['format_display_secrets_in_show_and_select', '1'],
  ['output_format_orc_writer_time_zone_name', '/etc/hostname'],
  ['toString', '1'],
])('the setting %s is refused in a URL and in a statement', async (name, value) => {
  const answers = [
    await ask('SELECT 1', { [name]: value }),
    await ask(`SELECT 1 SETTINGS ${name} = '${value}'`),
  ]
  const refused = `Cannot modify '${name}' setting in readonly mode. (READONLY)`
  const unknown = `Unknown setting '${name}'. (UNKNOWN_SETTING)`
  for (const { text } of answers) expect(text).toContain(name === 'toString' ? unknown : refused)
})

test.each(['Template', 'AvroConfluent', 'Protobuf', 'CapnProto', 'PostgreSQLWire', 'constructor'])(
  'the format %s is refused, wherever it is named',
  async (format) => {
    const answers = [
      await ask(`SELECT 1 FORMAT ${format}`),
      await ask('SELECT 1', { default_format: format }),
      await ask('SELECT 1', {}, { 'x-clickhouse-format': format }),
    ]
    for (const { text } of answers) expect(text).toContain('UNKNOWN_FORMAT')
  },
)

describe('read-only statements are answered', () => {
  test.each([
    ['SELECT 1', '1\n'],
    ['SELECT 1;', '1\n'],
    ['select 1 -- a comment', '1\n'],
    ['/* a */ SELECT 1 FORMAT JSONEachRow', '{"1":1}\n'],
    ["SELECT 'it''s; SETTINGS a = 1' AS x", "it\\'s; SETTINGS a = 1\n"],
    ["SELECT ' INTO OUTFILE ' || format('{}', 'x')", ' INTO OUTFILE x\n'],
    ['SELECT 1 SETTINGS max_threads = 1', '1\n'],
    ['SELECT number FROM numbers(2) FORMAT CSV SETTINGS max_threads = 1', '0\n1\n'],
    [
      'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT max(n) FROM r',
      '3\n',
    ],
    ['(SELECT 1) UNION ALL (SELECT 1)', '1\n1\n'],
    ['SELECT 1 INTERSECT SELECT 1', '1\n'],
    ['SELECT 3 EXCEPT SELECT 1', '3\n'],
    ["SELECT * FROM values('a UInt8', 1, 2)", '1\n2\n'],
    ['SELECT sum(n) OVER w FROM (SELECT 1 AS n) WINDOW w AS (ORDER BY n)', '1\n'],
    ['SELECT n FROM (SELECT 1 AS n) ORDER BY n WITH FILL FROM 0 TO 2', '0\n1\n'],
    ['EXISTS TABLE otel_traces', '1\n'],
    ['SELECT count() FROM otel.otel_traces', '0\n'],
    [
      "SELECT countIf(name = 'otel_traces') FROM system.tables WHERE database = currentDatabase()",
      '1\n',
    ],
    [
      "SELECT count() FROM otel_traces WHERE SpanAttributes['a'] IN (SELECT 'b') AND Timestamp > now() - INTERVAL 1 HOUR",
      '0\n',
    ],
    [
      'SELECT arrayJoin([1, 2]) AS x, (x, 1).1 FROM otel_traces ARRAY JOIN Events.Name AS e LEFT JOIN (SELECT 1 AS y) AS j ON j.y = 1',
      '',
    ],
    ["SELECT value FROM system.settings WHERE name = 'readonly'", '1\n'],
    ['SELECT timezone()', 'UTC\n'],
    ["SELECT 1, 2 FORMAT CSV SETTINGS format_csv_delimiter = '\t'", '1\t2\n'],
    ['SELECT 1 FORMAT Null', ''],
    ["SELECT `plus('it\\'s', 1)` FROM (SELECT 1 AS `plus('it\\'s', 1)`)", '1\n'],
    ['SELECT arrayMap(toString, [1])', "['1']\n"],
    ["SELECT a AS url, count() FROM values('a String', 'x') GROUP BY url", 'x\t1\n'],
    ['WITH (x -> quantilesExact(0.5)(x)) AS f SELECT f(number) FROM numbers(3)', '[1]\n'],
    ["SELECT count() FROM information_schema.tables WHERE table_schema = 'nope'", '0\n'],
    ["SHOW TABLES FROM otel LIKE 'otel_trac_s'", 'otel_traces\n'],
    ['SELECT 1 IN system.one', '0\n'],
  ])('%s', async (statement, answer) => {
    expect(await ask(statement)).toEqual({ status: 200, text: answer })
  })

  test.each([
    'SHOW TABLES',
    'SHOW DATABASES',
    'DESCRIBE otel_traces',
    'EXPLAIN indexes = 1 SELECT count() FROM otel_traces',
    'SHOW CREATE TABLE otel.otel_traces',
    'DESCRIBE (SELECT 1 AS x)',
    'EXPLAIN ESTIMATE SELECT * FROM otel_traces',
    'SHOW COLUMNS FROM otel_traces',
    "SHOW FULL COLUMNS FROM `otel_traces` IN otel LIKE '%'",
    "SHOW FUNCTIONS LIKE 'plus'",
    "SHOW DATABASES NOT ILIKE 'x' LIMIT 3",
    'EXPLAIN AST SELECT 1',
    'EXPLAIN PIPELINE SELECT 1',
    'EXPLAIN SYNTAX SELECT 1',
  ])('%s', async (statement) => {
    const { status, text } = await ask(statement)
    expect([status, text]).toEqual([200, expect.not.stringContaining('Exception')])
  })
})

async function ask(
  statement: string,
  parameters: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const answer = await fetch(
    `${collector.addresses.clickhouse}/?${new URLSearchParams(parameters)}`,
    {
      method: 'POST',
      body: statement,
      headers,
    },
  )
  return { status: answer.status, text: await answer.text() }
}
