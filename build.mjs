// Builds dist/: the CLI bundled with what it needs to start fast, the shop with its packages left outside.
import { rmSync } from 'node:fs'
import { build } from 'esbuild'

rmSync('dist', { recursive: true, force: true })

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  sourcemap: true,
  outdir: 'dist',
  outbase: '.',
  logLevel: 'warning',
}

await Promise.all([
  build({
    ...common,
    entryPoints: ['cli/main.ts'],
    splitting: true,
    minifySyntax: true,
    chunkNames: 'cli/chunks/[name]-[hash]',
    external: ['chdb', '@grpc/grpc-js'],
    // Bundled CommonJS packages call require() for Node's own modules; ESM has none.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  }),
  build({
    ...common,
    entryPoints: ['server/main.ts', 'server/traffic.ts'],
    splitting: true,
    chunkNames: 'server/chunks/[name]-[hash]',
    packages: 'external',
  }),
])
