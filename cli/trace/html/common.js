// Shared by the pages: data, colours, durations, light and dark.
import { PAGE_COLOURS } from '../../render/theme.ts'

export const data = JSON.parse(document.getElementById('data').textContent)
export const byId = (id) => document.getElementById(id)

/** Where services have more than all colours, darker and lighter ones follow. */
export const hue = (service) =>
  shade(PAGE_COLOURS[data.services[service].hue % 100], data.services[service].hue)
function shade(colour, number) {
  const round = Math.floor(number / 100)
  if (round === 0) return colour
  const [towards, part] = [round % 2 === 1 ? 0 : 255, 0.35 + 0.1 * Math.floor(round / 3)]
  const mixed = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16)
    return Math.round(channel + (towards - channel) * part)
  })
  return `rgb(${mixed.join(', ')})`
}

/** Three significant digits, as the terminal shows them: `1.23 ms`, `2m 05s`. */
export function took(ns) {
  const steps = [
    [1, 'ns'],
    [1e3, 'µs'],
    [1e6, 'ms'],
    [1e9, 's'],
  ]
  if (Number((ns / 1e9).toPrecision(3)) >= 60) {
    const seconds = Math.round(ns / 1e9)
    if (seconds < 3600) return pair(seconds, 60, 'm', 's')
    const minutes = Math.round(ns / 60e9)
    return minutes < 1440
      ? pair(minutes, 60, 'h', 'm')
      : pair(Math.round(ns / 3600e9), 24, 'd', 'h')
  }
  if (Number.isInteger(ns) && ns < 1000) return `${ns} ns`
  const [size, unit] =
    steps.find(([size], i) => !steps[i + 1] || Number(digits(ns / size)) < 1000) ?? steps[3]
  return `${digits(ns / size)} ${unit}`
}

/** An offset or a shift: `+1.23 ms`, `-5.00 µs`. */
export function signed(ns) {
  return `${ns < 0 ? '-' : '+'}${took(Math.abs(ns))}`
}

/** A share, 0 to 1, as the terminal shows it. */
export function share(part) {
  return part > 0 && part < 0.0005 ? '<0.1%' : `${(part * 100).toFixed(1)}%`
}

function pair(total, each, large, small) {
  return `${Math.floor(total / each)}${large} ${String(total % each).padStart(2, '0')}${small}`
}

function digits(value) {
  return value >= 999.5 ? value.toFixed(0) : value.toPrecision(3)
}

/** How many, as the terminal shows it: `14,405`. Sampled spans have a weight, which may be a fraction. */
export function count(number) {
  return Math.round(number).toLocaleString('en')
}

/** An element with text and classes; text is never read as markup. */
export function element(tag, { text, className, style, title } = {}, ...children) {
  const made = document.createElement(tag)
  if (text !== undefined) made.textContent = text
  if (className) made.className = className
  if (title) made.title = title
  for (const [name, value] of Object.entries(style ?? {})) made.style.setProperty(name, value)
  made.append(...children)
  return made
}

/** The services and their colours, as `{ name, more }`. */
export function legend(services) {
  byId('services').append(
    ...services.map(({ name, more }, service) =>
      element(
        'span',
        {},
        element('i', { className: 'chip', style: { '--hue': hue(service) } }),
        element('bdi', { text: name }),
        ...(more ? [element('span', { className: 'faint', text: ` ${more}` })] : []),
      ),
    ),
  )
}

/** A line under the title, `facts` or `path`; what has a tone is to be seen. */
export function underTitle(line, parts) {
  byId(line).append(...parts.map(({ text, tone }) => element('span', { text, className: tone })))
}

/** Names with their values; what has no value is left out. */
export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== undefined && value !== '')
  return element(
    'dl',
    { className: 'facts' },
    ...shown.map(([key, text]) =>
      element('div', {}, element('dt', { text: key }), element('dd', { text })),
    ),
  )
}

const system = matchMedia('(prefers-color-scheme: dark)')
const redraw = () => window.dispatchEvent(new Event('resize'))

export function switchTheme() {
  const { dataset } = document.documentElement
  const dark = dataset.theme ? dataset.theme === 'dark' : system.matches
  dataset.theme = dark ? 'light' : 'dark'
  redraw()
}
// What is painted on a canvas does not change its colours by itself.
system.addEventListener('change', redraw)
byId('theme').addEventListener('click', switchTheme)
byId('help').addEventListener('click', () => byId('keys').showModal())
