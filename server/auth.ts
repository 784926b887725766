/** HTTP Basic authentication, `user_id:password`, in its own span. */
import { createMiddleware } from 'hono/factory'
import { auth as readCredentials } from 'hono/utils/basic-auth'
import { invalidCredentials } from './refusals.ts'
import type { Service } from './service.ts'
import { addEvent, inSpan } from './telemetry/spans.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Sets `userId` for known users. Throws a 401 for all others. */
export function authenticate(service: Service) {
  return createMiddleware<{ Variables: { userId: string } }>(async (c, next) => {
    const userId = await inSpan('authentication', {}, async (span) => {
      const credentials = readCredentials(c.req.raw)
      if (!credentials) {
        addEvent(span, 'no credentials')
        throw invalidCredentials()
      }
      const { username, password } = credentials
      // Other text may be a password typed into the wrong field: keep it out of the trace.
      if (!UUID.test(username)) {
        addEvent(span, 'invalid user id')
        throw invalidCredentials()
      }
      span.setAttribute('user.id', username)
      if (!(await service.verifyUserPassword(username, password))) {
        addEvent(span, 'invalid user password')
        throw invalidCredentials()
      }
      addEvent(span, 'user successfully logged')
      return username
    })
    c.set('userId', userId)
    await next()
  })
}
