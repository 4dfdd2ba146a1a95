// The account's own menu under the chat, as this person sees it.

import * as api from './api.js'
import { inWeChat } from './browser.js'
import { attempt, fill, h, icon, one, toast } from './dom.js'
import { webAddress } from './richtext.js'

export function createMenu(scene) {
  const bar = one('#menu-bar')
  let open = null // the top button whose sub-menu is shown
  let asked = 0

  const close = () => {
    if (!open) return
    open.setAttribute('aria-expanded', 'false')
    one('.sub-menu', bar)?.remove()
    open = null
  }
  document.addEventListener('click', event => { if (open && !bar.contains(event.target)) close() })
  bar.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || !open) return
    open.focus()
    close()
  })

  function unfold(top, button, i) {
    const wasOpen = open === top
    close()
    if (wasOpen) return
    open = top
    top.setAttribute('aria-expanded', 'true')
    const items = button.sub_button.map((leaf, j) =>
      h('button', { type: 'button', on: { click: () => { close(); attempt(() => tap(leaf, [i, j])) } } }, leaf.type === 'miniprogram' && icon('mini'), leaf.name))
    const list = h('div', { class: 'sub-menu', role: 'group', 'aria-label': button.name }, items)
    top.parentElement.append(list)
    items[0]?.focus({ preventScroll: true })
  }

  async function tap(button, path) {
    const kind = button.type
    if (kind === 'view') open_(button.url) // at once: later the browser would take it for a pop-up
    const picture = kind.startsWith('pic_') ? await scene.choosePicture() : null
    const where = kind === 'location_select' ? await scene.choosePlace() : null
    if ((kind.startsWith('pic_') && !picture) || (kind === 'location_select' && !where)) return
    const told = await api.act(scene.person.id, 'menu', { appid: scene.official.appid, path })
    if (kind === 'miniprogram') scene.openMini(button.appid, button.pagepath) || open_(button.url)
    else if (picture) await scene.sendPicture(picture)
    else if (where) await scene.sendPlace(where)
    else if (told.push === null) toast('这个菜单由微信直接打开内容，不经过后台')
  }

  function open_(url) {
    const address = webAddress(url)
    if (address) window.open(inWeChat(address), '_blank', 'noopener')
  }

  function draw(buttons) {
    close()
    bar.hidden = buttons.length === 0
    fill(bar, buttons.map((button, i) => {
      const hasMore = button.sub_button?.length > 0
      const top = h('button', {
        type: 'button', class: 'top', 'aria-expanded': hasMore ? 'false' : null,
        on: { click: () => (hasMore ? unfold(top, button, i) : attempt(() => tap(button, [i]))) },
      }, hasMore && icon('menu'), button.name)
      return h('div', { class: 'slot' }, top)
    }))
  }

  return {
    async load() {
      const mine = ++asked
      const { person, official } = scene
      const isFollowing = person && official && person.following.includes(official.appid)
      const { button } = isFollowing ? await api.menu(person.id, official.appid) : { button: [] }
      if (mine === asked) draw(button ?? [])
    },
  }
}
