/** The shop's refusals, each with its HTTP status and message. */
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** An error that the caller can fix. The message is the `detail` of the response. */
export class Refusal extends Error {
  readonly status: ContentfulStatusCode

  constructor(name: string, status: ContentfulStatusCode, detail: string) {
    super(detail)
    this.name = name
    this.status = status
  }
}

export const invalidCredentials = () =>
  new Refusal('InvalidCredentials', 401, 'Invalid credentials')

export const unknownProduct = (id: string) =>
  new Refusal('UnknownProduct', 404, `Product ${id} not found`)

export const insufficientQuantity = (productId: string) =>
  new Refusal('InsufficientQuantity', 400, `Insufficient quantity for product ${productId}`)

export const insufficientBalance = (userId: string) =>
  new Refusal('InsufficientBalance', 400, `Insufficient balance for user ${userId}`)

export const invalidOrder = (detail: string) => new Refusal('InvalidOrder', 422, detail)
