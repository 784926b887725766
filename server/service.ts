/** The business of the shop: who a caller is, what there is to buy, buying it; for app.ts and auth.ts. */
import { auditPurchase } from './audit.ts'
import type { Faults } from './faults.ts'
import { hashPassword, verifyPassword } from './password.ts'
import { insufficientBalance, insufficientQuantity, unknownProduct } from './refusals.ts'
import type { Repository } from './repository.ts'
import { inSpan } from './spans.ts'

interface Order {
  userId: string
  productId: string
  /** Whole units, at least 1. */
  quantity: number
}

export type Service = ReturnType<typeof createService>

export function createService(repository: Repository, faults: Faults) {
  // An unknown user must take as long to refuse as a wrong password, or the difference would tell who exists.
  const nobody = hashPassword('')

  /** Whether the user exists and the password is theirs. */
  async function verifyUserPassword(userId: string, password: string): Promise<boolean> {
    const attributes = { 'user.id': userId }
    return inSpan('service_verify_user_password', { attributes }, async () => {
      const user = await repository.getUser(userId)
      const matches = await verifyPassword(password, user?.password ?? (await nobody))
      return user !== undefined && matches
    })
  }

  /** Buys, all or nothing. Throws a Refusal when the product is unknown, or the stock or the purse too small. */
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
      // The checks above spare a hopeless purchase the lock. Only those of the transaction hold among concurrent ones.
      await repository.inTransaction(async (connection) => {
        if (!(await repository.takeFromStock(connection, productId, quantity))) {
          throw insufficientQuantity(productId)
        }
        if (!(await repository.takeFromBalance(connection, userId, amount))) {
          throw insufficientBalance(userId)
        }
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
