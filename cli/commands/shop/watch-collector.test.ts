/** A collector that goes and comes back. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { watchCollector } from './watch-collector.ts'

it('says once that the collector is gone, and that it is back', async () => {
  const listening = async (port: number) => {
    const server = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server
  }
  const first = await listening(0)
  const { port } = first.address() as AddressInfo
  const stop = new AbortController()
  const said: string[] = []
  const url = `http://127.0.0.1:${port}`
  const watching = watchCollector(url, (text) => said.push(text), stop.signal, 5)
  await new Promise((closed) => first.close(closed))
  await expect.poll(() => said).toEqual([expect.stringContaining(`${url} does not answer`)])
  const second = await listening(port)
  await expect.poll(() => said.slice(1)).toEqual([`${url} answers again`])
  stop.abort()
  await watching
  second.close()
})
