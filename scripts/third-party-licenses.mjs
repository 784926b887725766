/** The licences of the npm packages in a bundle, as one text. */
import { readdirSync, readFileSync } from 'node:fs'

const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/

/**
 * Name, version and licence text of each package in esbuild's metafiles, by folder. Throws for a
 * package without a licence file: its code may not be distributed.
 */
export function thirdPartyLicenses(metafiles) {
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)),
  )
  const folders = new Set(inputs.map((path) => PACKAGE.exec(path)?.[0]).filter(Boolean))
  return [...folders]
    .sort()
    .map(describe)
    .join(`\n${'-'.repeat(80)}\n\n`)
}

function describe(folder) {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)\b/i.test(file))
  if (files.length === 0) throw new Error(`${folder} is bundled and has no licence file`)
  const texts = files.map((file) => readFileSync(`${folder}/${file}`, 'utf8').trim())
  return `${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`
}
