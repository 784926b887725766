/** Puts the layers of the shop together over one database file; for main.ts. */
import { createApp } from './app.ts'
import { openDatabase } from './database.ts'
import type { Faults } from './faults.ts'
import { createRepository } from './repository.ts'
import { seed } from './seed.ts'
import { createService } from './service.ts'

/** Seeds the file where it is empty, and serves it through `app`; `close` lets go of the file. */
export async function openShop(file: string, faults: Faults) {
  await seed(file)
  const database = await openDatabase(file, faults)
  const service = createService(createRepository(database, faults), faults)
  return { app: createApp(service), close: () => database.close() }
}
