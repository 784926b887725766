/** Finds the field of a message by its name in OTLP's JSON. */
import type { Field, Message } from './proto.ts'

/** Names from before OTLP 1.0, when a scope was an instrumentation library. */
const OLD_NAMES: Record<string, string> = {
  instrumentationLibrarySpans: 'scope_spans',
  instrumentationLibraryLogs: 'scope_logs',
  instrumentationLibraryMetrics: 'scope_metrics',
  instrumentationLibrary: 'scope',
}

interface Name {
  bytes: Uint8Array
  field: Field
}

const tables = new Map<Message, Name[][]>()

/** @returns the field that the bytes between two offsets name, in lowerCamelCase or as in the .proto. */
export function fieldNamed(
  message: Message,
  bytes: Uint8Array,
  start: number,
  end: number,
): Field | undefined {
  const table = tables.get(message) ?? tableOf(message)
  for (const name of table[slot(bytes, start, end)]!) {
    if (name.bytes.length !== end - start) continue
    let i = 0
    while (i < name.bytes.length && name.bytes[i] === bytes[start + i]) i++
    if (i === name.bytes.length) return name.field
  }
  return undefined
}

const SLOTS = 64

function slot(bytes: Uint8Array, start: number, end: number): number {
  if (end === start) return 0
  return ((end - start) * 5 + bytes[start]! * 3 + bytes[end - 1]!) & (SLOTS - 1)
}

function tableOf(message: Message): Name[][] {
  const table: Name[][] = Array.from({ length: SLOTS }, () => [])
  const add = (name: string, field: Field) => {
    const bytes = Buffer.from(name)
    table[slot(bytes, 0, bytes.length)]!.push({ bytes, field })
  }
  for (const field of message.fields) {
    if (!field) continue
    add(field.jsonName, field)
    if (field.name !== field.jsonName) add(field.name, field)
    for (const [old, name] of Object.entries(OLD_NAMES)) {
      if (name !== field.name) continue
      add(old, field)
      add(
        old.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        field,
      )
    }
  }
  tables.set(message, table)
  return table
}
