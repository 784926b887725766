// How the trace page's width is shared between names and bars.
import { byId } from './common.js'
import { draw } from './draw.js'
import { list, view } from './view.js'

function setNames(share) {
  view.names = Math.min(0.75, Math.max(0.2, share))
  draw('all')
}

export function widen(by) {
  setNames(view.names + by)
}

const divider = byId('divider')
divider.addEventListener('pointerdown', (event) => {
  divider.setPointerCapture(event.pointerId)
  divider.onpointermove = ({ clientX }) => setNames(clientX / list.clientWidth)
  divider.onpointerup = () => {
    divider.onpointermove = null
  }
  event.preventDefault()
})
