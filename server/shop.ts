/** The shop's layers, assembled over one database file. */
import { createApp } from './app.ts'
import { openDatabase } from './database/database.ts'
import { createRepository } from './database/repository.ts'
import { refill, seed } from './database/seed.ts'
import type { Faults } from './faults.ts'
import type { Payments } from './payment/client.ts'
import { createService } from './service.ts'

/** Opens the file, seeds it if it is empty, and serves it as `app` until `close`. */
export async function openShop(file: string, faults: Faults, payments?: Payments) {
  await seed(file)
  const database = await openDatabase(file, faults)
  const service = createService(createRepository(database, faults), faults, payments)
  return {
    app: createApp(service),
    refill: () => refill(file),
    close: () => database.close(),
  }
}
