/** The shared memory budget for request bodies. */
import { BodyBudget } from '../http/body.ts'

/** Bytes of a body, compressed and decompressed, as OTLP's specification recommends. */
export const BODY_LIMIT = 64 * 2 ** 20

/** Bytes of all bodies, decompressed. Beside them, one large body and three of 8 MiB may be decompressing. */
export const budget = new BodyBudget(96 * 2 ** 20)
