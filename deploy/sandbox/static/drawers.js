// On narrow screens the followers and the live log are drawers; on wide ones they stand beside the phone.

import { one } from './dom.js'

const SIDES = {
  people: { panel: '#people', button: '#open-people', narrow: matchMedia('(max-width: 1099px)') },
  live: { panel: '#live', button: '#open-live', narrow: matchMedia('(max-width: 799px)') },
}

export function createDrawers() {
  let shown = null
  const shade = one('#shade')

  function draw() {
    for (const [name, { panel, button, narrow }] of Object.entries(SIDES)) {
      const isOpen = shown === name
      one(panel).classList.toggle('shown', isOpen)
      one(panel).inert = narrow.matches && !isOpen
      one(button).setAttribute('aria-expanded', String(isOpen))
    }
    shade.hidden = !shown || !SIDES[shown].narrow.matches
  }
  function open(name) {
    shown = name
    draw()
    one(`${SIDES[name].panel} .close-drawer`).focus()
  }
  function close() {
    if (!shown) return
    const { button } = SIDES[shown]
    shown = null
    draw()
    one(button).focus()
  }

  for (const [name, { panel, button, narrow }] of Object.entries(SIDES)) {
    one(button).addEventListener('click', () => (shown === name ? close() : open(name)))
    one(`${panel} .close-drawer`).addEventListener('click', close)
    narrow.addEventListener('change', draw)
  }
  shade.addEventListener('click', close)
  document.addEventListener('keydown', event => { if (event.key === 'Escape') close() })
  draw()
  return { open, close, isDrawer: name => SIDES[name].narrow.matches }
}
