/** `otrace help <topic>`: a page of the documentation in the terminal. */
import { readFileSync } from 'node:fs'
import { packageRoot } from '../../../package.ts'
import type { Context } from '../../context.ts'
import { write } from '../../output/output.ts'
import { renderMarkdown } from './markdown.ts'

/** @param topic the name of a file in `docs/` */
export async function printTopic(topic: string, { stdout, screen }: Context): Promise<void> {
  const page = readFileSync(new URL(`docs/${topic}.md`, packageRoot), 'utf8')
  await write(stdout, renderMarkdown(page, screen()))
}
