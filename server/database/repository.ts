/** The shop's database reads and writes, one span for each function. */
import type { Attributes } from '@opentelemetry/api'
import type { Faults } from '../faults.ts'
import { inSpan } from '../telemetry/spans.ts'
import type { Database } from './database.ts'
import type { Connection } from './statement.ts'

interface User {
  id: string
  name: string
  /** The hash from password.ts. */
  password: string
  /** In cents. */
  balance: number
}

interface Product {
  id: string
  name: string
  /** In stock. */
  quantity: number
  /** In cents. */
  price: number
}

export type Repository = ReturnType<typeof createRepository>

export function createRepository(database: Database, faults: Faults) {
  return {
    getUser: (id: string) =>
      traced('repository_get_user', { 'user.id': id }, () =>
        database.read((connection) =>
          connection.get<User>('SELECT id, name, password, balance FROM users WHERE id = ?', id),
        ),
      ),

    getProduct: (id: string) =>
      traced('repository_get_product', { 'product.id': id }, () =>
        database.read(async (connection) => {
          await faults.beforeReadingProduct(id)
          return readProduct(connection, id)
        }),
      ),

    listProducts: () =>
      traced('repository_list_products', {}, () =>
        database.read(async (connection) => {
          if (!faults.readsOneByOne()) {
            return connection.all<Product>(
              'SELECT id, name, quantity, price FROM products ORDER BY name',
            )
          }
          const products: Product[] = []
          for (const { id } of await connection.all<Product>(
            'SELECT id FROM products ORDER BY name',
          )) {
            const product = await readProduct(connection, id)
            if (product) products.push(product)
          }
          return products
        }),
      ),

    /** Runs `work` in one transaction. Rolls back if it throws. */
    inTransaction: <T>(work: (connection: Connection) => Promise<T>) =>
      traced('repository_transaction', {}, () => database.transaction(work)),

    /** Takes units from the stock. Returns false and takes none if there are fewer. */
    takeFromStock: (connection: Connection, productId: string, quantity: number) =>
      traced(
        'repository_update_product_quantity',
        { 'product.id': productId, 'product.quantity': quantity },
        async () =>
          1 ===
          (await connection.run(
            'UPDATE products SET quantity = quantity - ? WHERE id = ? AND quantity >= ?',
            quantity,
            productId,
            quantity,
          )),
      ),

    /** Takes cents from the balance. Returns false and takes none if there is less. */
    takeFromBalance: (connection: Connection, userId: string, amount: number) =>
      traced(
        'repository_update_user_balance',
        { 'user.id': userId },
        async () =>
          1 ===
          (await connection.run(
            'UPDATE users SET balance = balance - ? WHERE id = ? AND balance >= ?',
            amount,
            userId,
            amount,
          )),
      ),
  }
}

function readProduct(connection: Connection, id: string): Promise<Product | undefined> {
  return connection.get('SELECT id, name, quantity, price FROM products WHERE id = ?', id)
}

function traced<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  return inSpan(name, { attributes }, work)
}
