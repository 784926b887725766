/** The shop's business logic: verify a user, list products, buy one. */
import { auditPurchase } from './audit.ts'
import type { Repository } from './database/repository.ts'
import type { Faults } from './faults.ts'
import { createLeak } from './leak.ts'
import { hashPassword, verifyPassword } from './password.ts'
import type { Payments } from './payment/client.ts'
import { insufficientBalance, insufficientQuantity, unknownProduct } from './refusals.ts'
import { inSpan } from './telemetry/spans.ts'

interface Order {
  userId: string
  productId: string
  /** Whole units, at least 1. */
  quantity: number
}

export type Service = ReturnType<typeof createService>

export function createService(repository: Repository, faults: Faults, payments?: Payments) {
  const leak = createLeak(faults)
  // An unknown user takes as long as a wrong password, so that timing does not reveal who exists.
  const unknownUser = hashPassword('')

  /** Checks that the user exists and the password is theirs. */
  async function verifyUserPassword(userId: string, password: string): Promise<boolean> {
    const attributes = { 'user.id': userId }
    return inSpan('service_verify_user_password', { attributes }, async () => {
      const user = await repository.getUser(userId)
      const matches = await verifyPassword(password, user?.password ?? (await unknownUser))
      return user !== undefined && matches
    })
  }

  /** Buys all or nothing. Throws a Refusal for an unknown product, too little stock or money. */
  async function buyProduct({ userId, productId, quantity }: Order): Promise<void> {
    const attributes = { 'user.id': userId, 'product.id': productId, 'product.quantity': quantity }
    return inSpan('service_buy_product', { attributes }, async () => {
      const product = await repository.getProduct(productId)
      if (!product) throw unknownProduct(productId)
      if (product.quantity < quantity) throw insufficientQuantity(productId)
      const user = await repository.getUser(userId)
      const amount = product.price * quantity
      if (!user || user.balance < amount) throw insufficientBalance(userId)
      faults.beforeBuying(userId)
      leak()
      await payments?.charge(userId, amount)
      // The checks above avoid a lock in vain. Only the transaction's own checks are race-free.
      await repository.inTransaction(async (connection) => {
        if (!(await repository.takeFromStock(connection, productId, quantity))) {
          throw insufficientQuantity(productId)
        }
        if (!(await repository.takeFromBalance(connection, userId, amount))) {
          throw insufficientBalance(userId)
        }
        await faults.beforeEndOfPurchase(quantity)
      })
      auditPurchase({ userId, productId, quantity })
    })
  }

  return {
    verifyUserPassword,
    buyProduct,
    listProducts: () => inSpan('service_list_products', {}, () => repository.listProducts()),
    getProduct: (id: string) =>
      inSpan('service_get_product', { attributes: { 'product.id': id } }, async () => {
        const product = await repository.getProduct(id)
        if (!product) throw unknownProduct(id)
        return product
      }),
  }
}
