// Building elements. Text never becomes markup: there is no innerHTML anywhere in these pages.

const SVG = 'http://www.w3.org/2000/svg'
const PROPERTIES = new Set(['value', 'checked', 'disabled', 'hidden', 'required', 'inert', 'open', 'multiple'])

/** Make an element: h('button', { class: 'x', on: { click: f } }, 'text', child, …); null children are left out. */
export function h(tag, given = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null) continue
    if (name === 'on') for (const [type, handler] of Object.entries(value)) element.addEventListener(type, handler)
    else if (name === 'class') element.className = value
    else if (PROPERTIES.has(name)) element[name] = value
    else if (name.startsWith('aria-')) element.setAttribute(name, String(value))
    else if (value !== false) element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false))
  return element
}

/** A picture of icons.svg, which says nothing to a screen reader: the words beside it do. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('class', 'icon')
  svg.setAttribute('aria-hidden', 'true')
  const use = document.createElementNS(SVG, 'use')
  use.setAttribute('href', `/static/icons.svg#${name}`)
  svg.append(use)
  return svg
}

export const one = (selector, inside = document) => inside.querySelector(selector)
export const all = (selector, inside = document) => [...inside.querySelectorAll(selector)]

/** Put new children in the place of the old. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false))
  return element
}

let goes
/** Say a line at the lower edge of the page for a few seconds. */
export function toast(text, isBad = false) {
  const place = one('#toast')
  place.textContent = text
  place.classList.toggle('bad', isBad)
  place.classList.add('shown')
  clearTimeout(goes)
  goes = setTimeout(() => place.classList.remove('shown'), Math.max(3000, text.length * 180))
}

/** Run what a tap asks for; when it does not work, say why. */
export async function attempt(work) {
  try {
    return await work()
  } catch (error) {
    if (error.name !== 'AbortError') toast(error.message, true)
    return null
  }
}
