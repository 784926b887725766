/** A server before another one, which it asks each statement once. */
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { listening } from './listening.ts'

interface Answer {
  status: number
  headers: [string, string][]
  body: Buffer
}

/** Headers of one connection, or of the bytes that `fetch` has decoded. */
const NOT_PASSED_ON =
  /^(?:host|connection|keep-alive|transfer-encoding|content-(?:length|encoding)|accept-encoding)$/

/** For tests that draw the same answers in many ways: a statement takes longer than drawing its rows. */
export async function remembering(url: string) {
  const answers = new Map<string, Promise<Answer>>()
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    const asked = new URL(request.url ?? '/', url)
    asked.searchParams.delete('query_id')
    const key = [request.method, asked, body.toString('latin1')].join('\n')
    const headers = Object.entries(request.headers).filter(([name]) => !NOT_PASSED_ON.test(name))
    const ask = async (): Promise<Answer> => {
      const answer = await fetch(asked, {
        method: request.method ?? 'GET',
        headers: headers as [string, string][],
        ...(body.length > 0 ? { body } : {}),
      })
      return {
        status: answer.status,
        headers: [...answer.headers].filter(([name]) => !NOT_PASSED_ON.test(name)),
        body: Buffer.from(await answer.arrayBuffer()),
      }
    }
    const known = answers.get(key) ?? ask()
    answers.set(key, known)
    try {
      const answer = await known
      // A refusal may be of this moment: a second try asks anew.
      if (answer.status !== 200) answers.delete(key)
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(answer.body)
    } catch {
      answers.delete(key)
      response.destroy()
    }
  })
  /** @returns what was asked so far: methods, addresses and statements */
  const asked = () => [...answers.keys()]
  return { ...(await listening(server)), asked }
}
