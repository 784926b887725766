/** Builds dist/: the CLI, a thread of its collector, the shop, and two HTML pages. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { build, transform } from 'esbuild'
import { parseQueries } from './parse-queries.mjs'
import { thirdPartyLicenses } from './third-party-licenses.mjs'

rmSync('dist', { recursive: true, force: true })

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  sourcemap: true,
  metafile: true,
  outdir: 'dist',
  outbase: '.',
  logLevel: 'warning',
}

/** Importing node:process reads all its properties, which opens stdin and stdout: 8 ms. */
const globalProcess = {
  name: 'global-process',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:node:)?process$/ }, ({ kind }) => ({
      path: kind,
      namespace: 'global',
    }))
    onLoad({ filter: /.*/, namespace: 'global' }, ({ path }) => ({
      contents: path === 'require-call' ? 'module.exports = process' : 'export default process',
    }))
  },
}

/** What every command runs. */
const START = ['cli/program/process.ts', 'cli/options/config-file.ts']
/** What every query runs. */
const CORE = [
  'cli/context.ts',
  'cli/program/tree.ts',
  'cli/options/defaults.ts',
  'cli/commands/query.ts',
  'collector/address-file.ts',
]
/** Modules that start without either. */
const ALONE = /\/package\.ts$/
/** Modules that start without the core. */
const LIGHT =
  /\/cli\/(?:program\/(?:tree|process)|output\/pager|options\/parser-error|commands\/(?:completion|up|shop|config|topics)\/\w+)\.ts$|\/collector\//

/**
 * One chunk for the start and one for the core, by loading them with each module that may be loaded later. esbuild
 * makes a chunk for each set of such modules that share code: a query would load 70 small files, at 0.4 ms each.
 */
const fewChunks = {
  name: 'few-chunks',
  setup({ onResolve, onLoad }) {
    const later = loadedLater()
    onResolve({ filter: /^(?:start|core)$/ }, ({ path }) => ({ path, namespace: 'chunk' }))
    onLoad({ filter: /.*/, namespace: 'chunk' }, ({ path }) => ({
      contents: (path === 'start' ? START : CORE).map((name) => `import './${name}'`).join('\n'),
      resolveDir: process.cwd(),
    }))
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (!later.has(path) || ALONE.test(path)) return
      const first = LIGHT.test(path) ? "import 'start'" : "import 'start'\nimport 'core'"
      return { contents: `${first}\n${readFileSync(path, 'utf8')}`, loader: 'ts' }
    })
  },
}

/** The paths of modules that `import()` loads. */
function loadedLater() {
  const paths = ['cli', 'collector'].flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => resolve(folder, name)),
  )
  return new Set(
    paths.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/import\('(\.[^']+)'\)/g)].map(([, name]) =>
        join(path, '..', name),
      ),
    ),
  )
}

/** Modules of Node that few commands use: loaded when one of their functions is. */
const LATE = [
  'child_process',
  'crypto',
  'http2',
  'https',
  'os',
  'readline',
  'tls',
  'worker_threads',
  'zlib',
]
const lateBuiltins = {
  name: 'late-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(?:node:)?(?:${LATE.join('|')})$`) }, ({ path }) => ({
      path: path.replace(/^node:/, ''),
      namespace: 'late',
    }))
    onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path)).filter((name) => name !== 'default')
      const getters = names.map((name) => `get ${name}() { return load().${name} }`)
      return {
        contents: `const load = () => process.getBuiltinModule('${path}')\nmodule.exports = { ${getters.join(', ')} }`,
      }
    })
  },
}

/** The client names its connections and statements: crypto takes 3 ms to load, for names that need not be secret. */
const plainNames = {
  name: 'plain-names',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:node:)?crypto$/ }, ({ importer }) =>
      importer.includes('@clickhouse') ? { path: 'names', namespace: 'plain' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'plain' }, () => ({
      contents: `const hex = (digits) =>
  Array.from({ length: digits }, () => Math.floor(Math.random() * 16).toString(16)).join('')
exports.randomUUID = () =>
  \`\${hex(8)}-\${hex(4)}-4\${hex(3)}-\${'89ab'[Math.floor(Math.random() * 4)]}\${hex(3)}-\${hex(12)}\``,
    }))
  },
}

/** The executable in one file, which Node loads as such, and the chunks that it loads from compiled code. */
async function buildCommand() {
  const ofCommand = {
    ...common,
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'inline',
    define: { 'import.meta.url': 'moduleUrl' },
  }
  const name = 'cli/chunks/[name]-[hash]'
  const chunks = await build({
    ...ofCommand,
    entryPoints: ['cli/program/process.ts', 'package.ts'],
    splitting: true,
    entryNames: name,
    chunkNames: name,
    external: ['chdb'],
    plugins: [globalProcess, plainNames, lateBuiltins, fewChunks],
  })
  const built = new Map(
    Object.entries(chunks.metafile.outputs).map(([path, { entryPoint }]) => [entryPoint, path]),
  )
  const inChunks = {
    name: 'in-chunks',
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ kind, resolveDir, path }) =>
        kind === 'dynamic-import'
          ? {
              path: `./${relative('dist/cli', built.get(relative('.', join(resolveDir, path))))}`,
              external: true,
            }
          : undefined,
      )
    },
  }
  await build({
    ...ofCommand,
    entryPoints: ['cli/main.ts'],
    format: 'cjs',
    plugins: [lateBuiltins, inChunks],
  })
  return chunks
}

const results = await Promise.all([
  buildCommand(),
  build({ ...common, entryPoints: ['collector/otlp/thread.ts'] }),
  build({
    ...common,
    entryPoints: ['server/main.ts', 'server/traffic/main.ts', 'server/payment/main.ts'],
    splitting: true,
    chunkNames: 'server/chunks/[name]-[hash]',
    packages: 'external',
  }),
])
await toCommonJs('dist/cli')
await Promise.all([parseQueries(common), ...['trace', 'flame'].map(buildPage)])
writeFileSync(
  'dist/THIRD-PARTY-LICENSES.txt',
  thirdPartyLicenses(results.map(({ metafile }) => metafile)),
)

/** Node starts CommonJS in less time than ESM: 5 of 30 ms for an empty file. esbuild splits ESM alone. */
async function toCommonJs(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.js'))
  await Promise.all(
    files.map(async (name) => {
      const path = `${folder}/${name}`
      const source = readFileSync(path, 'utf8')
      const { code, map } = await transform(source, {
        format: 'cjs',
        platform: 'node',
        target: common.target,
        supported: { 'dynamic-import': false },
        minifyWhitespace: true,
        sourcemap: true,
        sourcefile: name,
        banner: source.includes('moduleUrl')
          ? "const moduleUrl = require('node:url').pathToFileURL(__filename).href;"
          : '',
      })
      writeFileSync(path, `${ascii(code)}//# sourceMappingURL=${name.split('/').pop()}.map\n`)
      writeFileSync(`${path}.map`, map)
    }),
  )
  writeFileSync(`${folder}/package.json`, '{ "type": "commonjs" }\n')
}

/** esbuild escapes texts, not regular expressions, and `cli/program/code-cache.ts` reads the files as Latin-1. */
function ascii(code) {
  const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return code.replace(/[\u0080-\uffff]/g, escaped)
}

/** One HTML file with its scripts and styles; writing a page fills `{{title}}` and `{{data}}`. */
async function buildPage(name) {
  const { outputFiles } = await build({
    entryPoints: [`cli/trace/html/${name}.js`],
    bundle: true,
    format: 'iife',
    target: 'es2022',
    minify: true,
    charset: 'utf8',
    write: false,
    outdir: 'dist/pages',
    logLevel: 'warning',
  })
  const part = (type) => outputFiles.find(({ path }) => path.endsWith(type)).text.trimEnd()
  const html = readFileSync(`cli/trace/html/${name}.html`, 'utf8')
    .replace('{{style}}', () => part('.css'))
    .replace('{{script}}', () => part('.js'))
  mkdirSync('dist/pages', { recursive: true })
  writeFileSync(`dist/pages/${name}.html`, html)
}
