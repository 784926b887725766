/** Parses queries/ into dist/, so that commands need not. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/**
 * Writes what is the same in each run: the help of each query, with the sizes of the files; schemas, and functions.
 * @param common options of esbuild
 */
export async function parseQueries(common) {
  const contents = `export * from './cli/query/files.ts'\nexport * from './cli/query/compose/parsed.ts'`
  const { outputFiles } = await build({
    ...common,
    stdin: { contents, resolveDir: process.cwd() },
    sourcemap: false,
    write: false,
    // As the source, which parses.
    define: { 'import.meta.url': JSON.stringify(pathToFileURL('cli/query/files.ts').href) },
  })
  const code = outputFiles[0].text
  const { readQueryFiles, readSchemas, readLibrary, parsedFiles } = await import(
    `data:text/javascript,${encodeURIComponent(code)}`
  )
  const { queries } = readQueryFiles([], { flags: new Set(), commands: new Set() })
  const listed = queries.map(({ name, title, params, builtIn, example }) => ({
    name,
    title,
    params: params.filter((param) => param.default === undefined),
    builtIn,
    example,
  }))
  const sizes = Object.fromEntries(queries.map(({ path }) => [path, statSync(path).size]))
  writeFileSync('dist/queries.json', JSON.stringify({ sizes, queries: listed }))
  mkdirSync('dist/parsed', { recursive: true })
  const texts = queries.map((query) => ({ text: readFileSync(query.path, 'utf8'), query }))
  for (const [name, text] of Object.entries(parsedFiles(readSchemas(), readLibrary(), texts)))
    writeFileSync(`dist/parsed/${name}.json`, text)
}
