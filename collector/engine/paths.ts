/** Removes the host's paths from what clients read. */
import { realpathSync } from 'node:fs'

/** Answers may be in another folder, on another disk. */
const ANSWER = 'otrace-answer-'

/** @returns a function that shortens paths below `directory`, and those of answers. */
export function pathsHidden(directory: string): (text: string) => string {
  const places = [directory, realPath(directory)].sort((a, b) => b.length - a.length)
  return (text) => withoutFolders(places.reduce((rest, place) => rest.replaceAll(place, '…'), text))
}

/** Cuts the path before each name of an answer. */
function withoutFolders(text: string): string {
  const pieces = text.split(ANSWER)
  return pieces
    .map((piece, i) => (i < pieces.length - 1 ? piece.slice(0, endOfText(piece)) : piece))
    .join(ANSWER)
}

/** Where the path at the end of a text begins. */
function endOfText(text: string): number {
  let at = text.length
  while (at > 0 && /[\w./-]/.test(text[at - 1]!)) at--
  return at
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
