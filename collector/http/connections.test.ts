/** Requests that come together take turns. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Connections, SURPLUS } from './connections.ts'

test('of requests that a connection sends together, few begin in a turn of the event loop', async () => {
  const inTurn = new Map<Socket, number>()
  const counts: number[] = []
  let isOver = false
  const server = createServer(({ socket }, response) => {
    inTurn.set(socket, (inTurn.get(socket) ?? 0) + 1)
    response.end()
  })
  new Connections(1000, () => undefined).watch(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const look = () => {
    counts.push(...inTurn.values())
    inTurn.clear()
    if (!isOver) setImmediate(look)
  }
  look()
  let answers = 0
  const sockets = Array.from({ length: 20 }, () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.on('data', (data) => {
      answers += data.toString('latin1').split('HTTP/1.1 200').length - 1
    })
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(15))
    return socket
  })
  await expect.poll(() => answers).toBe(300)
  isOver = true
  for (const socket of sockets) socket.destroy()
  server.close()
  // The first of a read, and those of two looks at what waits.
  expect(Math.max(...counts)).toBeLessThan(10)
})

test('a request whose handler throws keeps no other waiting', async () => {
  let calls = 0
  const server = createServer((_, response) => {
    if (++calls === 2) throw new Error('of the second request')
    response.end()
  })
  new Connections(1000, () => undefined).watch(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  const thrown = once(process, 'uncaughtException')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(10))
  await thrown
  for (const listener of others) process.on('uncaughtException', listener)
  await expect.poll(() => calls).toBe(10)
  socket.destroy()
  server.close()
})

test('requests that wait on a connection are not begun when it has ended', async () => {
  let calls = 0
  const server = createServer(({ socket }) => {
    if (++calls === 2) socket.destroy()
  })
  new Connections(1000, () => undefined).watch(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(10))
  await once(socket, 'close')
  for (let turns = 0; turns < 10; turns++) await turn()
  expect(calls).toBe(2)
  server.close()
})

test('of connections beyond the limit, some wait for their 503, and more are cut', () => {
  const connections = new Connections(2, () => undefined)
  const sockets = Array.from({ length: 2 + SURPLUS + 1 }, () => new Socket())
  const surplus = sockets.filter((socket) => connections.add(socket, socket))
  expect(surplus).toEqual(sockets.slice(2))
  expect(sockets.filter(({ destroyed }) => destroyed)).toEqual(sockets.slice(-1))
  for (const socket of sockets) socket.destroy()
})
